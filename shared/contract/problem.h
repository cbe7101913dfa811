/* A problem: the error a client is told (RFC 9457 on REST, the `error` map on ZeroMQ).
 * Small, by value, no allocation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/money.h"
#include "base/status.h"

#define PROBLEM_ERRORS_MAX 8
#define PROBLEM_DETAIL_MAX 200
#define PROBLEM_POINTER_MAX 96

struct problem_error {
    char pointer[PROBLEM_POINTER_MAX]; /* "#/commands/3/args/amount" */
    char detail[PROBLEM_DETAIL_MAX];
};

struct problem {
    enum status status;
    char detail[PROBLEM_DETAIL_MAX]; /* "" means: the status's own sentence */
    struct problem_error errors[PROBLEM_ERRORS_MAX];
    size_t error_count;
    /* What a refusal explains itself with; written for the codes that carry them. */
    struct money balance, amount; /* insufficient_funds */
    uint64_t version;             /* version_conflict: the account's current one */
    uint32_t retry_after_s;       /* 429, 503: the Retry-After header */
};

/* Empty: no status, no fields. Cheaper than zeroing the whole struct, and enough. */
void problem_clear(struct problem *problem);
/* Sets the status (of the first call only: the first problem found decides) and adds no field. */
void problem_set(struct problem *problem, enum status status, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, and remembers the field; its detail is the problem's when it is the first. Beyond
 * PROBLEM_ERRORS_MAX fields are not listed. */
void problem_at(struct problem *problem, enum status status, const char *pointer,
                const char *detail, ...) __attribute__((format(printf, 4, 5)));
