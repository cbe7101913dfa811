/* What the machine prints: plain text of 40 columns, the account masked but for its last five. */
#pragma once

#include "base/bytes.h"
#include "contract/results.h"
#include "model/history.h"
#include "model/intent.h"
#include "model/paper.h"

/* Of a posting that is done. `notes`: how it was counted, or empty. */
void atm_receipt_write(const struct intent *intent, const char *notes, int64_t at,
                       struct bytes *out);
struct atm_statement {
    int32_t month;
    struct money opening, credits, debits, closing;
    uint64_t credit_count, debit_count;
    bool final;
    struct movement *lines; /* oldest first, owned */
    size_t line_count;
};
void atm_statement_from(struct atm_statement *statement, const struct statement_result *result);
void atm_statement_close(struct atm_statement *statement);
void atm_receipt_write_statement(const struct atm_statement *statement, uint64_t account,
                                 uint16_t currency, int64_t at, struct bytes *out);

/* Where paper goes. */
struct atm_printer {
    /* False: it is not printed. True: it is, or, where there is a turn, it will be told of later.
     */
    bool (*print)(struct atm_printer *printer, const char *name, struct text text);
    /* Often, until there is no news: what became of the papers taken over, one after the other.
     * NULL: print tells all. */
    enum paper_news (*turn)(struct atm_printer *printer, int64_t now_ms, char why[PAPER_WHERE_MAX]);
    void (*close)(struct atm_printer *printer);
};
#define ATM_PAPER_NAME_MAX 64
/* "2026-03-04-140211-123456-18": in the order of time, never twice. */
const char *atm_paper_name(int64_t at, uint64_t position, char out[ATM_PAPER_NAME_MAX]);
/* Files of a folder (mode 0700, made when missing). NULL: `why` says what failed. */
struct atm_printer *atm_paper_folder(const char *path, char why[256]) MUST_USE;
