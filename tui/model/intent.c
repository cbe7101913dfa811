#include "model/intent.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/utf8.h"
#include "model/show.h"

#define INTENT_HEAD "teller-intent 1"

const char *intent_verb(enum op op)
{
    switch (op) {
    case OP_CREATE_ACCOUNT:
        return "Open account";
    case OP_DEPOSIT_MONEY:
        return "Deposit";
    case OP_WITHDRAW_MONEY:
        return "Withdraw";
    default:
        return "Transfer";
    }
}

/* Names of others may hold anything; a line of the file holds no control character. What is on
 * disk is for showing and for asking by key: the command itself is never sent from it. */
static void put_line(struct bytes *out, const char *name, const char *value)
{
    struct text text = text_of(value);
    bytes_print(out, "%s ", name);
    for (size_t at = 0; at < text.size;) {
        size_t start = at;
        int32_t code = utf8_next(text, &at);
        if (code < 0) {
            at = start + 1;
        }
        if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            bytes_put_u8(out, '?');
        } else {
            bytes_put(out, text.data + start, at - start);
        }
    }
    bytes_put_u8(out, '\n');
}

void intent_write(const struct intent *intent, struct bytes *out)
{
    bytes_print(out, INTENT_HEAD "\nkey %s\nop %s\n", intent->key, message_of(intent->op)->name);
    bytes_print(out, "account %" PRIu64 "\nto %" PRIu64 "\namount %" PRId64 "\n", intent->account,
                intent->to, intent->amount.minor);
    bytes_print(out, "currency %u\nat %" PRId64 "\nwho %" PRIx64 "\n", intent->currency, intent->at,
                intent->who);
    put_line(out, "endpoint", intent->endpoint);
    put_line(out, "owner", intent->owner);
    put_line(out, "to_owner", intent->to_owner);
    put_line(out, "reference", intent->reference);
    bytes_print(out, "end\n");
}

/* The rest of the line that begins with `name` and a blank; moves to the next line. */
static bool take_line(struct text text, size_t *at, const char *name, struct text *out)
{
    size_t length = strlen(name);
    const char *start = text.data + *at;
    const char *end = memchr(start, '\n', text.size - *at);
    if (end == NULL || (size_t)(end - start) < length + 1 || memcmp(start, name, length) != 0 ||
        start[length] != ' ') {
        return false;
    }
    *out = (struct text){start + length + 1, (size_t)(end - start) - length - 1};
    *at += (size_t)(end - start) + 1;
    return true;
}

static bool take_text(struct text text, size_t *at, const char *name, char *out, size_t size)
{
    struct text value;
    if (!take_line(text, at, name, &value) || value.size >= size || !utf8_is_valid(value) ||
        utf8_has_control(value)) {
        return false;
    }
    memcpy(out, value.data, value.size);
    out[value.size] = '\0';
    return true;
}

static bool take_number(struct text text, size_t *at, const char *name, int64_t most, int64_t *out)
{
    struct text value;
    return take_line(text, at, name, &value) && text_to_int64(value, out) == TEXT_NUMBER_OK &&
           *out >= 0 && *out <= most;
}

static bool take_op(struct text text, size_t *at, enum op *out)
{
    struct text value;
    const struct message *message;
    if (!take_line(text, at, "op", &value) || (message = message_by_name(value)) == NULL ||
        message->op > OP_TRANSFER_MONEY) {
        return false;
    }
    *out = message->op;
    return true;
}

static bool take_who(struct text text, size_t *at, uint64_t *out)
{
    struct text value;
    if (!take_line(text, at, "who", &value) || value.size == 0 || value.size > 16) {
        return false;
    }
    *out = 0;
    for (size_t i = 0; i < value.size; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = value.data[i] != '\0' ? strchr(digits, value.data[i]) : NULL;
        if (digit == NULL) {
            return false;
        }
        *out = *out << 4 | (uint64_t)(digit - digits);
    }
    return true;
}

bool intent_read(struct text text, struct intent *out)
{
    *out = (struct intent){.state = INTENT_UNKNOWN, .recovered = true};
    size_t at = strlen(INTENT_HEAD "\n");
    int64_t account = 0;
    int64_t to = 0;
    int64_t currency = 0;
    if (text.size < at || memcmp(text.data, INTENT_HEAD "\n", at) != 0 ||
        !take_text(text, &at, "key", out->key, sizeof out->key) || !take_op(text, &at, &out->op) ||
        !take_number(text, &at, "account", INT64_MAX, &account) ||
        !take_number(text, &at, "to", INT64_MAX, &to) ||
        !take_number(text, &at, "amount", MONEY_MAX, &out->amount.minor) ||
        !take_number(text, &at, "currency", UINT16_MAX, &currency) ||
        !take_number(text, &at, "at", INT64_MAX, &out->at) || !take_who(text, &at, &out->who) ||
        !take_text(text, &at, "endpoint", out->endpoint, sizeof out->endpoint) ||
        !take_text(text, &at, "owner", out->owner, sizeof out->owner) ||
        !take_text(text, &at, "to_owner", out->to_owner, sizeof out->to_owner) ||
        !take_text(text, &at, "reference", out->reference, sizeof out->reference)) {
        return false;
    }
    out->account = (uint64_t)account;
    out->to = (uint64_t)to;
    out->currency = (uint16_t)currency;
    return out->key[0] != '\0' && text.size - at == strlen("end\n") &&
           memcmp(text.data + at, "end\n", strlen("end\n")) == 0;
}

const char *intent_show(const struct intent *intent, char out[INTENT_SHOW_MAX])
{
    char amount[SHOW_MONEY_MAX];
    char account[SHOW_ACCOUNT_MAX] = "";
    char to[SHOW_ACCOUNT_MAX] = "";
    (void)show_money_in(intent->amount, intent->currency, amount);
    if (intent->account != 0) {
        (void)show_account(intent->account, account);
    }
    if (intent->op == OP_TRANSFER_MONEY) {
        (void)snprintf(out, INTENT_SHOW_MAX, "Transfer %s · %s → %s", amount, account,
                       show_account(intent->to, to));
    } else if (intent->op == OP_CREATE_ACCOUNT) {
        (void)snprintf(out, INTENT_SHOW_MAX, "Open account · %s · %s",
                       currency_code(intent->currency), account[0] != '\0' ? account : "new");
    } else {
        (void)snprintf(out, INTENT_SHOW_MAX, "%s %s · %s", intent_verb(intent->op), amount,
                       account);
    }
    return out;
}
