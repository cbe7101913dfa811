#include "model/wish.h"

#include <ctype.h>

#include "base/utf8.h"

#define TEXT_CHARACTERS_MAX 140

static const struct wish_fault sound = {.field = WISH_SOUND};

int64_t wish_excess(enum op op, const struct account_row *account, const struct amount *amount)
{
    if (op == OP_DEPOSIT_MONEY || amount->verdict != AMOUNT_OK ||
        amount->value.minor <= account->balance.minor) {
        return 0;
    }
    return amount->value.minor - account->balance.minor;
}

static struct wish_fault other_fault(const struct account_row *account,
                                     const struct account_row *other)
{
    if (other == NULL) {
        return (struct wish_fault){WISH_TO, "Choose the account the money goes to"};
    }
    if (other->account == account->account) {
        return (struct wish_fault){WISH_TO, "That is the same account"};
    }
    if (other->currency != account->currency) {
        return (struct wish_fault){WISH_TO, "The two accounts have different currencies"};
    }
    return sound;
}

struct wish_fault wish_move_fault(enum op op, const struct account_row *account,
                                  const struct account_row *other, const struct amount *amount)
{
    struct wish_fault fault = op == OP_TRANSFER_MONEY ? other_fault(account, other) : sound;
    if (fault.why != NULL) {
        return fault;
    }
    if (amount->verdict != AMOUNT_OK) {
        return (struct wish_fault){WISH_AMOUNT, amount->verdict == AMOUNT_EMPTY
                                                    ? "Type the amount"
                                                    : "The amount is not clear"};
    }
    if (wish_excess(op, account, amount) > 0) {
        return (struct wish_fault){WISH_AMOUNT, "That is more than the balance"};
    }
    return sound;
}

const struct currency *wish_currency(struct text typed)
{
    char code[4] = "";
    if (typed.size != sizeof code - 1) {
        return NULL;
    }
    for (size_t i = 0; i < typed.size; i++) {
        code[i] = (char)toupper((unsigned char)typed.data[i]);
    }
    return currency_by_code(text_of(code));
}

static bool is_blank(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != ' ') {
            return false;
        }
    }
    return true;
}

struct wish_fault wish_open_fault(struct text owner, struct text currency,
                                  const struct amount *initial)
{
    if (is_blank(owner)) {
        return (struct wish_fault){WISH_OWNER, "Type the owner's name"};
    }
    if (wish_currency(currency) == NULL) {
        return (struct wish_fault){WISH_CURRENCY, "Type the currency: three letters, like EUR"};
    }
    if (initial->verdict == AMOUNT_REFUSED) {
        return (struct wish_fault){WISH_AMOUNT, "The initial balance is not clear"};
    }
    return sound;
}

bool wish_text_is_sound(struct text typed)
{
    return utf8_is_valid(typed) && !utf8_has_control(typed) &&
           utf8_count(typed) <= TEXT_CHARACTERS_MAX;
}
