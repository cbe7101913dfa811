#include "tools/hledger.h"

#include <inttypes.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/money.h"
#include "base/time.h"

/* Free text ends at a line's end in this format and a ';' begins a comment. */
static void put_safe(struct bytes *out, struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bytes_put_u8(out, c < 0x20 || c == 0x7f || c == ';' || c == '|' ? ' ' : c);
    }
}

static void put_money(struct bytes *out, struct money amount, uint16_t currency)
{
    char text[MONEY_TEXT_MAX];
    bytes_print(out, "%s %s", money_print(amount, currency_exponent(currency), text),
                currency_code(currency));
}

static void put_posting(struct bytes *out, const struct record *record, const struct leg *leg)
{
    bytes_print(out, "    accounts:%010" PRIu64 "    ", leg->account);
    put_money(out, leg->change, record->currency);
    bytes_print(out, " = ");
    put_money(out, leg->balance, record->currency);
    bytes_put_u8(out, '\n');
}

void hledger_write(const struct record *record, struct bytes *out)
{
    static const char *const titles[] = {
        [RECORD_ACCOUNT_CREATED] = "opening",
        [RECORD_MONEY_DEPOSITED] = "deposit",
        [RECORD_MONEY_WITHDRAWN] = "withdrawal",
        [RECORD_MONEY_TRANSFERRED] = "transfer",
    };
    char day[DAY_TEXT_MAX], at[TIME_TEXT_MAX];
    if (record->kind == RECORD_REFUSED)
        return;
    if (record->kind == RECORD_ACCOUNT_CREATED) {
        bytes_print(out, "account accounts:%010" PRIu64 "  ; ", record->legs[0].account);
        put_safe(out, record->owner);
        bytes_put_u8(out, '\n');
    }
    bytes_print(out, "%s (%" PRIu64 ") %s", day_print(day_of(record->at), day), record->position,
                titles[record->kind]);
    if (record->reference.size > 0) {
        bytes_print(out, " | ");
        put_safe(out, record->reference);
    }
    bytes_print(out, "  ; %s\n", time_print(record->at, at));
    for (unsigned i = 0; i < record->leg_count; i++)
        put_posting(out, record, &record->legs[i]);
    if (record->leg_count == 1) /* what came in or went out over the counter */
        bytes_print(out, "    equity:%s\n",
                    record->kind == RECORD_ACCOUNT_CREATED ? "opening" : "cash");
    bytes_put_u8(out, '\n');
}
