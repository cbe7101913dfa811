/* The accounts found: a copy of what ListAccounts answered, kept true by the change feed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/money.h"
#include "contract/events.h"
#include "contract/results.h"

#define OWNER_BYTES_MAX (140 * 4 + 1)
#define ACCOUNT_LIST_MAX 2000 /* rows kept; beyond that people narrow the search */

struct account_row {
    uint64_t account;
    uint16_t currency;
    uint8_t status;
    struct money balance;
    uint64_t version, position;
    int64_t opened_at;
    char owner[OWNER_BYTES_MAX];
};

struct account_list {
    struct account_row *rows;
    size_t count;
    uint64_t total; /* LIST_TOTAL_UNKNOWN: more than the bank counts */
    bool more;      /* the bank has rows behind the last one */
    bool stuck;     /* it says so and sends none that lead on */
};

void account_row_from(struct account_row *row, const struct account_result *result);
/* True when the event moved this account on. */
bool account_row_apply(struct account_row *row, const struct event *event);

void account_list_close(struct account_list *list);
/* `data` of the result: struct account_result. */
void account_list_replace(struct account_list *list, const struct list_result *result);
void account_list_append(struct account_list *list, const struct list_result *result);
bool account_list_apply(struct account_list *list, const struct event *event);
struct account_row *account_list_find(const struct account_list *list, uint64_t account,
                                      size_t *index); /* or NULL */
/* A search as the bank wants it: when there is nothing but digits, blanks and dashes, an account
 * number was typed, and only the digits count. */
struct text account_search(struct text typed, char *out, size_t size);
