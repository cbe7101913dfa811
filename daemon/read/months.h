/* The months of an account: what its statements are made of. */
#pragma once

#include "read/views.h"

struct months {
    struct views_account now;
    struct views_owner owner;
    int32_t first, last; /* opened in, and the present one */
};

enum status months_of(struct views *views, struct query *query, uint64_t account,
                      struct months *out) MUST_USE;
/* Month `month` (first ... last), closed, running or without movement; *end is its last record. */
enum status months_statement(struct views *views, struct query *query, const struct months *months,
                             int32_t month, struct statement_result *out, uint64_t *end) MUST_USE;
