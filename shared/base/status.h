/* Status: every outcome once. Name (the `code` clients see), permanent number (stored in the
 * journal with refusals: never change or reuse one), HTTP status, title, and the sentence that
 * is used as `detail` when the place that refuses has nothing better to say. */
#pragma once

#include <stdbool.h>

#include "base/check.h"
#include "base/text.h"

/* X(name, number, http, title, detail) */
#define STATUS_TABLE(X)                                                                            \
    X(ok, 0, 200, "Done", "The request was carried out.")                                          \
    X(malformed_request, 1, 400, "Malformed request", "Send the fields this operation takes.")     \
    X(invalid_amount, 2, 400, "Invalid amount",                                                    \
      "Give the amount as a whole number of minor units from 1 to 9007199254740991.")              \
    X(invalid_account, 3, 400, "Invalid account number",                                           \
      "Give the account as a string of ten digits with a right check digit.")                      \
    X(invalid_currency, 4, 400, "Invalid currency",                                                \
      "Give the currency as three capital letters of ISO 4217.")                                   \
    X(invalid_key, 5, 400, "Invalid idempotency key",                                              \
      "Give a key of 1 to 255 printable ASCII characters.")                                        \
    X(key_required, 6, 400, "Idempotency key required",                                            \
      "Send an idempotency key with every command.")                                               \
    X(invalid_parameter, 7, 400, "Invalid parameter", "Check the parameters of this query.")       \
    X(invalid_url, 8, 400, "Invalid URL", "Give an http or https URL of a public address.")        \
    X(unauthenticated, 20, 401, "Not authenticated", "Send a valid key.")                          \
    X(wrong_pin, 21, 401, "Wrong PIN", "Check the account number and the PIN.")                    \
    X(forbidden, 22, 403, "Forbidden", "Ask with a key whose role may do this.")                   \
    X(pin_locked, 23, 403, "PIN locked", "Have a teller set a new PIN.")                           \
    X(account_not_found, 30, 404, "Account not found", "Check the account number.")                \
    X(statement_not_found, 31, 404, "Statement not found",                                         \
      "Ask for a month from the account's opening to now.")                                        \
    X(not_found, 32, 404, "Not found", "Check the path.")                                          \
    X(method_not_allowed, 33, 405, "Method not allowed", "Use one of the methods in Allow.")       \
    X(not_acceptable, 34, 406, "Not acceptable", "Accept application/json.")                       \
    X(version_conflict, 40, 409, "Version conflict",                                               \
      "The account has moved on: read it again and decide anew.")                                  \
    X(account_exists, 41, 409, "Account exists", "Choose another account number.")                 \
    X(request_too_large, 50, 413, "Request too large", "Send at most 1 MiB.")                      \
    X(uri_too_long, 51, 414, "URI too long", "Send a shorter path and query.")                     \
    X(unsupported_media_type, 52, 415, "Unsupported media type", "Send application/json.")         \
    X(headers_too_large, 53, 431, "Headers too large", "Send fewer or shorter headers.")           \
    X(insufficient_funds, 60, 422, "Insufficient funds",                                           \
      "The balance is lower than the amount: nothing was posted.")                                 \
    X(same_account, 61, 422, "Same account", "Give two different accounts.")                       \
    X(currency_mismatch, 62, 422, "Currency mismatch",                                             \
      "Use the account's currency; a transfer needs two accounts of one currency.")                \
    X(balance_limit_exceeded, 63, 422, "Balance limit exceeded",                                   \
      "The account cannot hold that much: nothing was posted.")                                    \
    X(idempotency_key_reused, 64, 422, "Idempotency key reused",                                   \
      "This key belongs to another command: use a new key.")                                       \
    X(batch_aborted, 65, 422, "Batch aborted",                                                     \
      "Another command of this atomic batch was refused: nothing was posted.")                     \
    X(key_abandoned, 66, 422, "Key abandoned",                                                     \
      "This key was abandoned: use a new key if you still want this.")                             \
    X(too_many_requests, 70, 429, "Too many requests", "Wait as long as Retry-After says.")        \
    X(unavailable, 71, 503, "Unavailable",                                                         \
      "Ask again in a moment, with the same key: the outcome is not known yet.")

#define STATUS_ENUM(name, number, http, title, detail) STATUS_##name = (number),
enum status { STATUS_TABLE(STATUS_ENUM) };
#undef STATUS_ENUM

struct status_row {
    enum status status;
    const char *code;
    int http;
    const char *title;
    const char *detail;
};

const struct status_row *status_row(enum status status); /* never NULL; CHECKs the number */
bool status_by_code(struct text code, enum status *out) MUST_USE;
bool status_is_known(unsigned number);
/* Refusals of the bank: outcomes that are stored and replayed (CONTRACT 2, idempotency). */
bool status_is_stored(enum status status);
