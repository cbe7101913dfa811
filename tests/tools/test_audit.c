/* The audit must find every kind of damage: each row plants one and says which words name it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/account_number.h"
#include "journal/journal.h"
#include "journal/record_codec.h"
#include "tools/audit.h"

#define EUR 978
#define RECORDS 6

struct history {
    struct record records[RECORDS];
    uint8_t hashes[RECORDS][JOURNAL_HASH_SIZE];
    struct bytes bodies[RECORDS];
};

static uint64_t account(uint32_t n)
{
    return account_from_sequence(ACCOUNT_SEQUENCE_FIRST + n);
}

static struct record record(uint64_t number, uint64_t position, enum record_kind kind,
                            int64_t amount)
{
    return (struct record){
        .number = number,
        .position = position,
        .at = INT64_C(1700000000000000) + (int64_t)number,
        .kind = (uint8_t)kind,
        .channel = CHANNEL_REST,
        .op = (uint8_t)kind,
        .actor = TEXT("till-1"),
        .currency = EUR,
        .amount = money(amount),
        .reference = TEXT(""),
        .leg_count = 1,
    };
}

static struct leg leg(uint32_t n, uint64_t version, int64_t balance, int64_t change,
                      uint64_t previous)
{
    return (struct leg){account(n), version, money(balance), money(change), previous};
}

/* Two openings, a deposit, a transfer, a stored refusal, a withdrawal. */
static void given_a_sound_history(struct history *history)
{
    memset(history, 0, sizeof *history);
    struct record *r = history->records;
    r[0] = record(1, 1, RECORD_ACCOUNT_CREATED, 0);
    r[0].owner = TEXT("Ada");
    r[0].legs[0] = leg(0, 2, 1000, 1000, 0);
    r[1] = record(2, 3, RECORD_ACCOUNT_CREATED, 0);
    r[1].owner = TEXT("Zoë");
    r[1].legs[0] = leg(1, 1, 0, 0, 0);
    r[2] = record(3, 4, RECORD_MONEY_DEPOSITED, 50);
    r[2].legs[0] = leg(1, 3, 50, 50, 2);
    r[3] = record(4, 6, RECORD_MONEY_TRANSFERRED, 300);
    r[3].leg_count = 2;
    r[3].legs[0] = leg(0, 4, 700, -300, 1);
    r[3].legs[1] = leg(1, 5, 350, 300, 3);
    r[4] = record(5, 9, RECORD_REFUSED, 9000);
    r[4].leg_count = 0;
    r[4].op = RECORD_OP_WITHDRAW_MONEY;
    r[4].key = TEXT("k");
    r[4].refusal = STATUS_insufficient_funds;
    r[5] = record(6, 9, RECORD_MONEY_WITHDRAWN, 350);
    r[5].legs[0] = leg(1, 7, 0, -350, 4);
}

static void chain(struct history *history)
{
    static const uint8_t zero[JOURNAL_HASH_SIZE];
    for (size_t i = 0; i < RECORDS; i++) {
        bytes_init(&history->bodies[i], JOURNAL_BODY_MAX);
        record_encode(&history->records[i], &history->bodies[i]);
        journal_hash(0, i == 0 ? zero : history->hashes[i - 1], history->records[i].number,
                     bytes_text(&history->bodies[i]), history->hashes[i]);
    }
}

static struct audit_report when_audited(struct history *history)
{
    struct audit_report report;
    struct audit *audit = audit_new(0);
    for (size_t i = 0; i < RECORDS; i++)
        if (!audit_record(audit, &history->records[i], history->hashes[i],
                          bytes_text(&history->bodies[i])))
            break;
    audit_finish(audit, &report);
    audit_free(&audit);
    for (size_t i = 0; i < RECORDS; i++)
        bytes_close(&history->bodies[i]);
    return report;
}

static void a_sound_history_is_found_sound(void **state)
{
    (void)state;
    struct history history;
    given_a_sound_history(&history);
    chain(&history);
    struct audit_report report = when_audited(&history);
    assert_string_equal(report.finding, "");
    assert_true(report.sound);
    assert_int_equal(report.accounts, 2);
    assert_int_equal(report.commands, 5);
    assert_int_equal(report.refusals, 1);
    assert_int_equal(report.head.record, 6);
    assert_int_equal(report.head.position, 10);
}

static void gap_in_numbers(struct record *r)
{
    r[2].number = 4;
}
static void gap_in_positions(struct record *r)
{
    r[3].position = 7;
}
static void refusal_takes_a_position(struct record *r)
{
    r[5].position = 10;
}
static void time_stands_still(struct record *r)
{
    r[3].at = r[2].at;
}
static void opened_twice(struct record *r)
{
    r[1].legs[0].account = r[0].legs[0].account;
}
static void wrong_check_digit(struct record *r)
{
    r[0].legs[0].account ^= 1;
}
static void unknown_currency(struct record *r)
{
    r[0].currency = 1;
}
static void never_opened(struct record *r)
{
    r[2].legs[0].account = account(5);
}
static void other_currency(struct record *r)
{
    r[2].currency = 392;
}
static void version_skips(struct record *r)
{
    r[2].legs[0].version = 4;
}
static void link_is_wrong(struct record *r)
{
    r[5].legs[0].previous_record = 3;
}
static void change_is_not_amount(struct record *r)
{
    r[2].amount = money(51);
}
static void balance_is_wrong(struct record *r)
{
    r[2].legs[0].balance = money(51);
}
static void one_side_only(struct record *r)
{
    r[3].leg_count = 1;
}
static void to_itself(struct record *r)
{
    r[3].legs[1] = r[3].legs[0];
}
static void sides_differ(struct record *r)
{
    r[3].legs[1].change = money(299);
}
static void refusal_without_key(struct record *r)
{
    r[4].key = (struct text){NULL, 0};
}

static void below_zero(struct record *r)
{
    r[5].amount = money(351);
    r[5].legs[0].change = money(-351);
    r[5].legs[0].balance = money(-1);
}

static void every_planted_breach_is_named(void **state)
{
    static const struct {
        void (*plant)(struct record *records);
        const char *words;
    } rows[] = {
        {gap_in_numbers, "record 4 follows record 2"},
        {gap_in_positions, "record 4: its first position is 7 where 6 was due"},
        {refusal_takes_a_position, "record 6: its first position"},
        {time_stands_still, "record 4: its time"},
        {opened_twice, "is opened twice"},
        {wrong_check_digit, "wrong check digit"},
        {unknown_currency, "currency 1 is unknown"},
        {never_opened, "was never opened"},
        {other_currency, "the currency is not the account's"},
        {version_skips, "its version does not follow"},
        {link_is_wrong, "its link to the record before is wrong"},
        {change_is_not_amount, "the change is not the amount"},
        {balance_is_wrong, "the balance is not the one before plus the change"},
        {one_side_only, "it has 1 legs"},
        {to_itself, "a transfer to itself"},
        {sides_differ, "the change is not the amount"},
        {refusal_without_key, "a refusal without a key"},
        {below_zero, "below zero"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct history history;
        given_a_sound_history(&history);
        chain(&history);
        rows[i].plant(history.records); /* the codec would not write such a record */
        struct audit_report report = when_audited(&history);
        assert_false(report.sound);
        if (strstr(report.finding, rows[i].words) == NULL)
            fail_msg("expected \"%s\", found \"%s\"", rows[i].words, report.finding);
    }
}

static void a_changed_byte_breaks_the_chain(void **state)
{
    (void)state;
    struct history history;
    given_a_sound_history(&history);
    chain(&history);
    history.hashes[2][31] ^= 1;
    struct audit_report report = when_audited(&history);
    assert_false(report.sound);
    assert_non_null(strstr(report.finding, "record 3: its hash does not continue the chain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_history_is_found_sound),
        cmocka_unit_test(every_planted_breach_is_named),
        cmocka_unit_test(a_changed_byte_breaks_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
