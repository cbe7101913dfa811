/* Version 1 of a stored record. Integers of fixed size are little-endian; "varint" is LEB128 in
 * its shortest form; "text" is a varint of its bytes, then those.
 *
 *   u8   version       1
 *   u8   kind          enum record_kind
 *   u8   flags         bits 0-3: enum channel; bit 7: there is a key; the others are 0
 *   u64  position      of the first event; of a refusal: what the next event will have
 *   u64  at            microseconds since 1970, two's complement
 *   text actor
 *   with a key:
 *     u8   size, 1 ... 255, and so many bytes of the key
 *     16 bytes of digest
 *   then by kind:
 *     AccountCreated    u16 currency, text owner, varint account, varint balance
 *     MoneyDeposited    u16 currency, varint amount, text reference, leg
 *     MoneyWithdrawn    the same
 *     MoneyTransferred  the same, and a second leg: from, then to
 *     Refused           u8 op (enum record_op), u16 status, varint amount;
 *                       insufficient_funds: varint balance; version_conflict: varint version
 *
 *   leg: varint account, varint version, varint balance, varint back
 *
 * `back` is how many records ago the account's record before this one was. What can be derived is
 * not stored: the op of accepted records, a leg's change (the amount, or minus it), the versions
 * of an opening. A record's number is its place in the journal: journal_row.h. */
#include "journal/record_codec.h"

#include <string.h>

#include "base/account_number.h"
#include "base/time.h"
#include "base/utf8.h"

#define FLAG_KEY 0x80u
#define CHANNEL_BITS 0x0fu
#define TEXT_BYTES_MAX 560                           /* 140 characters of at most four bytes */
#define AT_MIN (INT64_C(-62135596800) * TIME_SECOND) /* 0001-01-01 */
#define AT_MAX (INT64_C(253402300800) * TIME_SECOND) /* 10000-01-01, itself not included */

/* What a sound record is: the writer may not leave these rules, and the reader refuses what does.
 * Texts are held to bytes, not characters: the doors check more, and what they let in must fit. */

static bool text_is_sound(struct text text, size_t min, size_t max)
{
    if (text.size < min || text.size > max || (text.size > 0 && text.data == NULL))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] >= 0x80)
            return utf8_is_valid(text);
    }
    return true;
}

static bool key_is_sound(struct text key)
{
    if (key.data == NULL)
        return key.size == 0;
    if (key.size < 1 || key.size > KEY_MAX)
        return false;
    for (size_t i = 0; i < key.size; i++) {
        if (key.data[i] < 0x20 || key.data[i] > 0x7e)
            return false;
    }
    return true;
}

/* Not by the table of currencies: that loses rows when a currency ends, the journal does not. */
static bool currency_is_sound(uint16_t number)
{
    return number >= 1 && number <= 999;
}

static bool leg_is_sound(const struct record *record, const struct leg *leg, int64_t change)
{
    struct money before;

    return account_is_valid(leg->account) && money_is_balance(leg->balance) &&
           leg->change.minor == change && money_subtract(leg->balance, leg->change, &before) &&
           money_is_balance(before) && leg->version >= 3 && leg->version <= INT64_MAX &&
           leg->previous_record >= 1 && leg->previous_record < record->number;
}

static bool opening_is_sound(const struct record *record)
{
    const struct leg *leg = &record->legs[0];

    return record->leg_count == 1 && currency_is_sound(record->currency) &&
           text_is_sound(record->owner, 1, TEXT_BYTES_MAX) && account_is_valid(leg->account) &&
           money_is_balance(leg->balance) && leg->change.minor == leg->balance.minor &&
           leg->version == (leg->balance.minor == 0 ? 1u : 2u) && leg->previous_record == 0;
}

static bool movement_is_sound(const struct record *record)
{
    int64_t amount = record->amount.minor;

    if (!money_is_amount(record->amount) || !currency_is_sound(record->currency) ||
        !text_is_sound(record->reference, 0, TEXT_BYTES_MAX))
        return false;
    if (record->kind == RECORD_MONEY_DEPOSITED)
        return record->leg_count == 1 && leg_is_sound(record, &record->legs[0], amount);
    if (record->kind == RECORD_MONEY_WITHDRAWN)
        return record->leg_count == 1 && leg_is_sound(record, &record->legs[0], -amount);
    return record->leg_count == 2 && record->legs[0].account != record->legs[1].account &&
           leg_is_sound(record, &record->legs[0], -amount) &&
           leg_is_sound(record, &record->legs[1], amount);
}

static bool refusal_is_sound(const struct record *record)
{
    if (record->leg_count != 0 || record->key.data == NULL ||
        record->op < RECORD_OP_CREATE_ACCOUNT || record->op > RECORD_OP_ABANDON_KEY ||
        !status_is_known(record->refusal) || !status_is_stored((enum status)record->refusal) ||
        !money_is_balance(record->amount))
        return false;
    if (record->refusal == STATUS_insufficient_funds)
        return money_is_balance(record->refusal_balance) &&
               record->refusal_balance.minor < record->amount.minor;
    return record->refusal != STATUS_version_conflict || record->refusal_version <= INT64_MAX;
}

static bool record_is_sound(const struct record *record)
{
    if (record->number < 1 || record->number > INT64_MAX || record->position < 1 ||
        record->position > INT64_MAX || record->at < AT_MIN || record->at >= AT_MAX ||
        record->at == 0 || record->channel >= CHANNEL_COUNT ||
        !text_is_sound(record->actor, 0, ACTOR_MAX) || !key_is_sound(record->key))
        return false;
    switch (record->kind) {
    case RECORD_ACCOUNT_CREATED:
        return record->op == RECORD_OP_CREATE_ACCOUNT && opening_is_sound(record);
    case RECORD_MONEY_DEPOSITED:
        return record->op == RECORD_OP_DEPOSIT_MONEY && movement_is_sound(record);
    case RECORD_MONEY_WITHDRAWN:
        return record->op == RECORD_OP_WITHDRAW_MONEY && movement_is_sound(record);
    case RECORD_MONEY_TRANSFERRED:
        return record->op == RECORD_OP_TRANSFER_MONEY && movement_is_sound(record);
    case RECORD_REFUSED:
        return refusal_is_sound(record);
    default:
        return false;
    }
}

static void put_text(struct bytes *out, struct text text)
{
    bytes_put_varint(out, text.size);
    bytes_put_text(out, text);
}

static void put_money(struct bytes *out, struct money money)
{
    bytes_put_varint(out, (uint64_t)money.minor);
}

static void put_leg(struct bytes *out, const struct record *record, unsigned index)
{
    const struct leg *leg = &record->legs[index];

    bytes_put_varint(out, leg->account);
    bytes_put_varint(out, leg->version);
    put_money(out, leg->balance);
    bytes_put_varint(out, record->number - leg->previous_record);
}

static void put_front(struct bytes *out, const struct record *record)
{
    bool keyed = record->key.data != NULL;

    bytes_put_u8(out, RECORD_VERSION);
    bytes_put_u8(out, record->kind);
    bytes_put_u8(out, (uint8_t)(record->channel | (keyed ? FLAG_KEY : 0)));
    bytes_put_u64(out, record->position);
    bytes_put_u64(out, (uint64_t)record->at);
    put_text(out, record->actor);
    if (keyed) {
        bytes_put_u8(out, (uint8_t)record->key.size);
        bytes_put_text(out, record->key);
        bytes_put(out, record->digest, RECORD_DIGEST_SIZE);
    }
}

static void put_refusal(struct bytes *out, const struct record *record)
{
    bytes_put_u8(out, record->op);
    bytes_put_u16(out, record->refusal);
    put_money(out, record->amount);
    if (record->refusal == STATUS_insufficient_funds)
        put_money(out, record->refusal_balance);
    if (record->refusal == STATUS_version_conflict)
        bytes_put_varint(out, record->refusal_version);
}

void record_encode(const struct record *record, struct bytes *out)
{
    CHECK(record_is_sound(record));
    put_front(out, record);
    if (record->kind == RECORD_REFUSED) {
        put_refusal(out, record);
        return;
    }
    bytes_put_u16(out, record->currency);
    if (record->kind == RECORD_ACCOUNT_CREATED) {
        put_text(out, record->owner);
        bytes_put_varint(out, record->legs[0].account);
        put_money(out, record->legs[0].balance);
        return;
    }
    put_money(out, record->amount);
    put_text(out, record->reference);
    for (unsigned i = 0; i < record->leg_count; i++)
        put_leg(out, record, i);
}

static struct text get_text(struct bytes_reader *in)
{
    uint64_t size = bytes_get_varint(in);

    if (size > TEXT_BYTES_MAX) {
        in->bad = true;
        return (struct text){0};
    }
    return bytes_get_text(in, (size_t)size);
}

/* What does not fit an int64 turns negative, which no rule above lets pass. */
static struct money get_money(struct bytes_reader *in)
{
    return money((int64_t)bytes_get_varint(in));
}

static void get_leg(struct bytes_reader *in, struct record *out, unsigned index)
{
    struct leg *leg = &out->legs[index];
    bool out_going = out->kind == RECORD_MONEY_WITHDRAWN ||
                     (out->kind == RECORD_MONEY_TRANSFERRED && index == 0);

    leg->account = bytes_get_varint(in);
    leg->version = bytes_get_varint(in);
    leg->balance = get_money(in);
    uint64_t back = bytes_get_varint(in);
    if (back >= out->number || !money_is_amount(out->amount)) {
        in->bad = true;
        return;
    }
    leg->previous_record = out->number - back;
    leg->change = money(out_going ? -out->amount.minor : out->amount.minor);
}

static void get_front(struct bytes_reader *in, struct record *out)
{
    if (bytes_get_u8(in) != RECORD_VERSION)
        in->bad = true;
    out->kind = bytes_get_u8(in);
    uint8_t flags = bytes_get_u8(in);
    if ((flags & ~(FLAG_KEY | CHANNEL_BITS)) != 0)
        in->bad = true;
    out->channel = flags & CHANNEL_BITS;
    out->position = bytes_get_u64(in);
    out->at = (int64_t)bytes_get_u64(in);
    out->actor = get_text(in);
    if ((flags & FLAG_KEY) == 0)
        return;
    out->key = bytes_get_text(in, bytes_get_u8(in));
    const uint8_t *digest = bytes_get(in, RECORD_DIGEST_SIZE);
    if (digest != NULL)
        memcpy(out->digest, digest, RECORD_DIGEST_SIZE);
}

static void get_refusal(struct bytes_reader *in, struct record *out)
{
    out->op = bytes_get_u8(in);
    out->refusal = bytes_get_u16(in);
    out->amount = get_money(in);
    if (out->refusal == STATUS_insufficient_funds)
        out->refusal_balance = get_money(in);
    if (out->refusal == STATUS_version_conflict)
        out->refusal_version = bytes_get_varint(in);
}

static void get_opening(struct bytes_reader *in, struct record *out)
{
    struct leg *leg = &out->legs[0];

    out->currency = bytes_get_u16(in);
    out->owner = get_text(in);
    leg->account = bytes_get_varint(in);
    leg->balance = get_money(in);
    leg->change = leg->balance;
    leg->version = leg->balance.minor == 0 ? 1 : 2;
    out->leg_count = 1;
}

static void get_movement(struct bytes_reader *in, struct record *out)
{
    out->currency = bytes_get_u16(in);
    out->amount = get_money(in);
    out->reference = get_text(in);
    out->leg_count = out->kind == RECORD_MONEY_TRANSFERRED ? 2 : 1;
    for (unsigned i = 0; i < out->leg_count; i++)
        get_leg(in, out, i);
}

bool record_decode(uint64_t number, struct text body, struct record *out)
{
    struct bytes_reader in = bytes_reader(body.data, body.size);

    *out = (struct record){.number = number};
    get_front(&in, out);
    out->op = out->kind; /* the numbers of accepted kinds are those of their commands */
    switch (out->kind) {
    case RECORD_ACCOUNT_CREATED:
        get_opening(&in, out);
        break;
    case RECORD_MONEY_DEPOSITED:
    case RECORD_MONEY_WITHDRAWN:
    case RECORD_MONEY_TRANSFERRED:
        get_movement(&in, out);
        break;
    case RECORD_REFUSED:
        get_refusal(&in, out);
        break;
    default:
        return false;
    }
    return !in.bad && in.at == in.size && record_is_sound(out);
}
