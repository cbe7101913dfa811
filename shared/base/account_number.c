#include "base/account_number.h"

#include <stddef.h>

#define ACCOUNT_DIGITS 10
#define ACCOUNT_END UINT64_C(10000000000) /* the first number too long */

/* The check digit that makes the weighted sum a multiple of ten: from the right, every second
 * digit, starting with the last of the sequence, counts double (and minus nine above nine). */
static unsigned account_check_digit(uint32_t sequence)
{
    /* Two digits at a time: a row for the one that counts once, a column for the doubled one. */
    static const uint8_t pair[100] = {
        /* clang-format off */
        0, 2, 4, 6, 8, 1, 3, 5, 7, 9,
        1, 3, 5, 7, 9, 2, 4, 6, 8, 10,
        2, 4, 6, 8, 10, 3, 5, 7, 9, 11,
        3, 5, 7, 9, 11, 4, 6, 8, 10, 12,
        4, 6, 8, 10, 12, 5, 7, 9, 11, 13,
        5, 7, 9, 11, 13, 6, 8, 10, 12, 14,
        6, 8, 10, 12, 14, 7, 9, 11, 13, 15,
        7, 9, 11, 13, 15, 8, 10, 12, 14, 16,
        8, 10, 12, 14, 16, 9, 11, 13, 15, 17,
        9, 11, 13, 15, 17, 10, 12, 14, 16, 18,
        /* clang-format on */
    };
    unsigned sum = 0;
    for (uint32_t rest = sequence; rest > 0; rest /= 100) {
        sum += pair[rest % 100];
    }
    return (10 - sum % 10) % 10;
}

uint64_t account_from_sequence(uint32_t sequence)
{
    CHECK(sequence <= ACCOUNT_SEQUENCE_MAX);
    return (uint64_t)sequence * 10 + account_check_digit(sequence);
}

uint32_t account_sequence(uint64_t account)
{
    CHECK(account < ACCOUNT_END);
    return (uint32_t)(account / 10);
}

bool account_is_valid(uint64_t account)
{
    return account > 0 && account < ACCOUNT_END &&
           account_check_digit((uint32_t)(account / 10)) == account % 10;
}

bool account_parse(struct text text, uint64_t *out)
{
    if (text.size != ACCOUNT_DIGITS) {
        return false;
    }
    uint64_t account = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        account = account * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (!account_is_valid(account)) {
        return false;
    }
    *out = account;
    return true;
}

bool account_parse_typed(struct text text, uint64_t *out)
{
    char digits[ACCOUNT_DIGITS];
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == ' ' || text.data[i] == '-') {
            continue;
        }
        if (count == ACCOUNT_DIGITS) {
            return false;
        }
        digits[count++] = text.data[i];
    }
    return account_parse((struct text){digits, count}, out);
}

const char *account_print(uint64_t account, char out[ACCOUNT_TEXT_MAX])
{
    CHECK(account < ACCOUNT_END);
    for (size_t i = ACCOUNT_DIGITS; i > 0; i--) {
        out[i - 1] = (char)('0' + account % 10);
        account /= 10;
    }
    out[ACCOUNT_DIGITS] = '\0';
    return out;
}
