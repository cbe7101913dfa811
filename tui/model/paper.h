/* Paper: what is written for keeping. A statement as text and as CSV, the receipt of a posting,
 * and where they go: files that are never written over, or a command that prints. */
#pragma once

#include "base/bytes.h"
#include "contract/results.h"
#include "model/history.h"
#include "model/intent.h"

#define PAPER_WHERE_MAX 4352 /* a path, or a sentence */
#define PAPER_NAME_MAX 80
#define PAPER_TEXT_MAX (32u << 20)

struct paper_statement {
    uint64_t account;
    const char *owner;
    uint16_t currency;
    int32_t month;
    struct money opening, credits, debits, closing;
    uint64_t credit_count, debit_count;
    bool final;
    int64_t as_of; /* when not final */
    const struct movement *lines;
    size_t line_count;
};
void paper_statement_text(const struct paper_statement *statement, struct bytes *out);
/* The columns of the bank's own text/csv. */
void paper_statement_csv(const struct paper_statement *statement, struct bytes *out);
/* Of a posting that is done. */
void paper_receipt(const struct intent *intent, struct bytes *out);
/* "statement-1000000420-2026-02", "receipt-18" */
const char *paper_statement_name(const struct paper_statement *statement, char out[PAPER_NAME_MAX]);
const char *paper_receipt_name(const struct intent *intent, char out[PAPER_NAME_MAX]);

enum paper_news { PAPER_NOTHING, PAPER_PRINTED, PAPER_FAILED };

struct paper {
    bool prints; /* there is a command that prints */
    /* False: `where` says why, else the path. `ending` is "txt" or "csv". */
    bool (*save)(struct paper *paper, const char *name, const char *ending, struct text text,
                 char where[PAPER_WHERE_MAX]);
    /* Hands the text to the command and returns at once; paper_turn tells how that went. */
    bool (*print)(struct paper *paper, struct text text, int64_t now_ms, char why[PAPER_WHERE_MAX]);
    enum paper_news (*turn)(struct paper *paper, int64_t now_ms, char why[PAPER_WHERE_MAX]);
    bool (*is_busy)(const struct paper *paper);
    void (*close)(struct paper *paper);
};
