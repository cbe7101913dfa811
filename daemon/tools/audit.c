#include "tools/audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/hash.h"

struct audited_account {
    uint64_t account; /* 0: an empty slot */
    uint64_t version, last_record;
    int64_t balance;
    uint16_t currency;
};

/* Per currency: what came in less what went out, and what is there. 128 bits, so that the sums
 * themselves cannot wrap. */
struct audited_currency {
    uint16_t number;
    __int128 flow, held;
};

#define AUDIT_CURRENCIES_MAX 256

struct audit {
    uint64_t old_until;
    struct audited_account *slots; /* open addressing, a power of two */
    size_t capacity;
    struct audited_currency currencies[AUDIT_CURRENCIES_MAX];
    size_t currency_count;
    struct audit_report report;
};

struct audit *audit_new(uint64_t old_until)
{
    struct audit *audit = calloc(1, sizeof *audit);
    CHECK(audit != NULL);
    audit->old_until = old_until;
    audit->capacity = 1u << 12;
    audit->slots = calloc(audit->capacity, sizeof *audit->slots);
    CHECK(audit->slots != NULL);
    audit->report.sound = true;
    return audit;
}

void audit_free(struct audit **audit)
{
    if (*audit == NULL)
        return;
    free((*audit)->slots);
    free(*audit);
    *audit = NULL;
}

static struct audited_account *slot_of(struct audited_account *slots, size_t capacity,
                                       uint64_t account)
{
    size_t i = (size_t)hash_mix64(account) & (capacity - 1);
    while (slots[i].account != 0 && slots[i].account != account)
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static void grow(struct audit *audit)
{
    size_t capacity = audit->capacity * 2;
    struct audited_account *slots = calloc(capacity, sizeof *slots);
    CHECK(slots != NULL);
    for (size_t i = 0; i < audit->capacity; i++)
        if (audit->slots[i].account != 0)
            *slot_of(slots, capacity, audit->slots[i].account) = audit->slots[i];
    free(audit->slots);
    audit->slots = slots;
    audit->capacity = capacity;
}

static struct audited_currency *currency_sums(struct audit *audit, uint16_t number)
{
    for (size_t i = 0; i < audit->currency_count; i++)
        if (audit->currencies[i].number == number)
            return &audit->currencies[i];
    CHECK(audit->currency_count < AUDIT_CURRENCIES_MAX);
    struct audited_currency *sums = &audit->currencies[audit->currency_count++];
    sums->number = number;
    return sums;
}

static bool find(struct audit *audit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool find(struct audit *audit, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(audit->report.finding, sizeof audit->report.finding, format, args);
    va_end(args);
    audit->report.sound = false;
    return false;
}

static bool audit_place(struct audit *audit, const struct record *record, const uint8_t *hash,
                        struct text body)
{
    const struct journal_head *head = &audit->report.head;
    uint8_t expected[JOURNAL_HASH_SIZE];
    if (record->number != head->record + 1)
        return find(audit, "record %" PRIu64 " follows record %" PRIu64, record->number,
                    head->record);
    journal_hash(audit->old_until, head->hash, record->number, body, expected);
    if (memcmp(expected, hash, sizeof expected) != 0)
        return find(audit, "record %" PRIu64 ": its hash does not continue the chain",
                    record->number);
    if (record->position != head->position + 1)
        return find(audit,
                    "record %" PRIu64 ": its first position is %" PRIu64 " where %" PRIu64
                    " was due",
                    record->number, record->position, head->position + 1);
    if (record->at <= head->at)
        return find(audit, "record %" PRIu64 ": its time is not after the one before",
                    record->number);
    return true;
}

static bool audit_opening(struct audit *audit, const struct record *record,
                          struct audited_account *account)
{
    const struct leg *leg = &record->legs[0];
    if (account->account != 0)
        return find(audit, "record %" PRIu64 ": account %010" PRIu64 " is opened twice",
                    record->number, leg->account);
    if (!account_is_valid(leg->account))
        return find(audit, "record %" PRIu64 ": account %010" PRIu64 " has a wrong check digit",
                    record->number, leg->account);
    if (currency_by_number(record->currency) == NULL)
        return find(audit, "record %" PRIu64 ": currency %u is unknown", record->number,
                    (unsigned)record->currency);
    *account = (struct audited_account){.account = leg->account, .currency = record->currency};
    if (++audit->report.accounts * 4 > audit->capacity * 3)
        grow(audit);
    return true;
}

/* Versions a leg takes: the movement and the balance; an opening with nothing has no balance. */
static uint64_t versions_of(const struct record *record, const struct leg *leg)
{
    return record->kind == RECORD_ACCOUNT_CREATED && leg->change.minor == 0 ? 1 : 2;
}

static bool audit_leg(struct audit *audit, const struct record *record, const struct leg *leg,
                      __int128 due)
{
    struct audited_account *account = slot_of(audit->slots, audit->capacity, leg->account);
    if (record->kind == RECORD_ACCOUNT_CREATED) {
        if (!audit_opening(audit, record, account))
            return false;
        account = slot_of(audit->slots, audit->capacity, leg->account);
    }
    const char *wrong = NULL;
    if (account->account == 0)
        wrong = "the account was never opened";
    else if (account->currency != record->currency)
        wrong = "the currency is not the account's";
    else if (leg->version != account->version + versions_of(record, leg))
        wrong = "its version does not follow the one before";
    else if (leg->previous_record != account->last_record)
        wrong = "its link to the record before is wrong";
    else if (leg->change.minor != due)
        wrong = "the change is not the amount";
    else if ((__int128)account->balance + leg->change.minor != leg->balance.minor)
        wrong = "the balance is not the one before plus the change";
    else if (!money_is_balance(leg->balance))
        wrong = "the balance is below zero or beyond the limit";
    if (wrong != NULL)
        return find(audit, "record %" PRIu64 ", account %010" PRIu64 ": %s", record->number,
                    leg->account, wrong);
    account->version = leg->version;
    account->last_record = record->number;
    account->balance = leg->balance.minor;
    return true;
}

static bool audit_legs(struct audit *audit, const struct record *record)
{
    static const struct {
        uint8_t legs;
        int sign[RECORD_LEGS_MAX];
        int flow;
    } kinds[] = {
        [RECORD_ACCOUNT_CREATED] = {1, {1, 0}, 1},
        [RECORD_MONEY_DEPOSITED] = {1, {1, 0}, 1},
        [RECORD_MONEY_WITHDRAWN] = {1, {-1, 0}, -1},
        [RECORD_MONEY_TRANSFERRED] = {2, {-1, 1}, 0},
    };
    bool opening = record->kind == RECORD_ACCOUNT_CREATED;
    int64_t amount = opening ? record->legs[0].change.minor : record->amount.minor;
    if (record->leg_count != kinds[record->kind].legs)
        return find(audit, "record %" PRIu64 ": it has %u legs", record->number,
                    (unsigned)record->leg_count);
    if (amount < (opening ? 0 : 1) || amount > MONEY_MAX)
        return find(audit, "record %" PRIu64 ": its amount is out of range", record->number);
    if (record->leg_count == 2 && record->legs[0].account == record->legs[1].account)
        return find(audit, "record %" PRIu64 ": a transfer to itself", record->number);
    for (unsigned i = 0; i < record->leg_count; i++)
        if (!audit_leg(audit, record, &record->legs[i],
                       (__int128)amount * kinds[record->kind].sign[i]))
            return false;
    currency_sums(audit, record->currency)->flow += (__int128)amount * kinds[record->kind].flow;
    return true;
}

bool audit_record(struct audit *audit, const struct record *record, const uint8_t *hash,
                  struct text body)
{
    if (!audit_place(audit, record, hash, body))
        return false;
    uint64_t events = 0;
    if (record->kind == RECORD_REFUSED) {
        if (record->key.data == NULL)
            return find(audit, "record %" PRIu64 ": a refusal without a key", record->number);
        audit->report.refusals++;
    } else {
        if (record->kind < RECORD_ACCOUNT_CREATED || record->kind > RECORD_MONEY_TRANSFERRED)
            return find(audit, "record %" PRIu64 ": unknown kind %u", record->number,
                        (unsigned)record->kind);
        if (!audit_legs(audit, record))
            return false;
        audit->report.commands++;
        events = record->kind == RECORD_MONEY_TRANSFERRED ? 3 : versions_of(record, record->legs);
    }
    struct journal_head *head = &audit->report.head;
    head->record = record->number;
    head->position += events;
    head->at = record->at;
    memcpy(head->hash, hash, JOURNAL_HASH_SIZE);
    return true;
}

void audit_finish(struct audit *audit, struct audit_report *out)
{
    for (size_t i = 0; i < audit->capacity; i++) {
        const struct audited_account *account = &audit->slots[i];
        if (account->account != 0)
            currency_sums(audit, account->currency)->held += account->balance;
    }
    for (size_t i = 0; i < audit->currency_count && audit->report.sound; i++) {
        const struct audited_currency *sums = &audit->currencies[i];
        if (sums->flow != sums->held)
            (void)find(audit, "%s: the balances do not sum up to what came in less what went out",
                       currency_code(sums->number));
    }
    *out = audit->report;
}
