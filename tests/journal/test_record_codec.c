#include "journal/ledger.h"

#include <signal.h>
#include <sys/wait.h>

static struct record sample(enum record_kind kind)
{
    struct record record = record_front((uint8_t)kind, 1000, 2500);

    record.at = INT64_C(1795000000000001);
    record.channel = CHANNEL_ZMQ;
    record.actor = TEXT("till-2");
    record.key = TEXT("key-of-twenty-letter");
    for (size_t i = 0; i < sizeof(record.digest); i++)
        record.digest[i] = (uint8_t)(0xa0 + i);
    if (kind == RECORD_ACCOUNT_CREATED) {
        record.owner = TEXT("Zoë");
        record.legs[0] = (struct leg){ANA, 2, {300}, {300}, 0};
        return record;
    }
    record.amount = money(12345);
    if (kind == RECORD_REFUSED) {
        record.leg_count = 0;
        record.currency = 0;
        record.op = RECORD_OP_WITHDRAW_MONEY;
        record.refusal = STATUS_insufficient_funds;
        record.refusal_balance = money(120);
        return record;
    }
    record.reference = TEXT("Rent");
    int64_t change = kind == RECORD_MONEY_DEPOSITED ? 12345 : -12345;
    record.legs[0] = (struct leg){ANA, 20, {1000000}, {change}, 990};
    if (kind == RECORD_MONEY_TRANSFERRED) {
        record.legs[1] = (struct leg){BEN, 300, {12345}, {12345}, 1};
        record.leg_count = 2;
    }
    return record;
}

static void assert_same_bytes(struct text a, struct text b)
{
    assert_int_equal(a.data == NULL, b.data == NULL);
    assert_true(text_equal(a, b));
}

static void assert_same_record(const struct record *a, const struct record *b)
{
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->position, b->position);
    assert_int_equal(a->at, b->at);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->op, b->op);
    assert_int_equal(a->channel, b->channel);
    assert_same_bytes(a->actor, b->actor);
    assert_same_bytes(a->key, b->key);
    assert_memory_equal(a->digest, b->digest, sizeof(a->digest));
    assert_int_equal(a->currency, b->currency);
    assert_int_equal(a->amount.minor, b->amount.minor);
    assert_same_bytes(a->owner, b->owner);
    assert_same_bytes(a->reference, b->reference);
    assert_int_equal(a->leg_count, b->leg_count);
    for (unsigned i = 0; i < RECORD_LEGS_MAX; i++) {
        assert_int_equal(a->legs[i].account, b->legs[i].account);
        assert_int_equal(a->legs[i].version, b->legs[i].version);
        assert_int_equal(a->legs[i].balance.minor, b->legs[i].balance.minor);
        assert_int_equal(a->legs[i].change.minor, b->legs[i].change.minor);
        assert_int_equal(a->legs[i].previous_record, b->legs[i].previous_record);
    }
    assert_int_equal(a->refusal, b->refusal);
    assert_int_equal(a->refusal_balance.minor, b->refusal_balance.minor);
    assert_int_equal(a->refusal_version, b->refusal_version);
}

static size_t assert_comes_back(const struct record *record)
{
    struct bytes bytes;
    struct record back;

    bytes_init(&bytes, JOURNAL_BODY_MAX);
    record_encode(record, &bytes);
    assert_false(bytes.overflow);
    assert_true(record_decode(record->number, bytes_text(&bytes), &back));
    assert_same_record(&back, record);
    size_t size = bytes.size;
    bytes_close(&bytes);
    return size;
}

static void every_kind_comes_back_as_it_was(void **state)
{
    (void)state;
    for (int kind = RECORD_ACCOUNT_CREATED; kind <= RECORD_REFUSED; kind++) {
        struct record record = sample((enum record_kind)kind);

        assert_comes_back(&record);
        if (kind == RECORD_REFUSED)
            continue;
        record.key = (struct text){0};
        memset(record.digest, 0, sizeof(record.digest));
        assert_comes_back(&record);
    }
}

static void every_stored_refusal_comes_back(void **state)
{
    unsigned kinds = 0;

    (void)state;
    for (unsigned number = 1; number < 128; number++) {
        if (!status_is_known(number) || !status_is_stored((enum status)number))
            continue;
        struct record record = sample(RECORD_REFUSED);

        record.refusal = (uint16_t)number;
        record.refusal_balance = money(number == STATUS_insufficient_funds ? 120 : 0);
        record.refusal_version = number == STATUS_version_conflict ? UINT64_C(1) << 40 : 0;
        record.op =
            number == STATUS_key_abandoned ? RECORD_OP_ABANDON_KEY : RECORD_OP_TRANSFER_MONEY;
        if (number == STATUS_key_abandoned)
            record.amount = money(0);
        assert_comes_back(&record);
        kinds++;
    }
    assert_int_equal(kinds, 8);
}

static void the_bounds_of_every_field_come_back(void **state)
{
    static char long_text[560];
    struct record record = sample(RECORD_MONEY_TRANSFERRED);

    (void)state;
    for (size_t i = 0; i < sizeof(long_text); i += 4)
        memcpy(long_text + i, "\xf0\x9f\x92\xb6", 4); /* 140 banknotes */
    record.reference = (struct text){long_text, sizeof(long_text)};
    record.number = INT64_MAX;
    record.position = INT64_MAX - 2;
    record.at = INT64_C(253402300799999999); /* the last microsecond of 9999 */
    record.amount = money(MONEY_MAX);
    record.legs[0] = (struct leg){ANA, INT64_MAX, {0}, {-MONEY_MAX}, 1};
    record.legs[1] = (struct leg){BEN, INT64_MAX, {MONEY_MAX}, {MONEY_MAX}, INT64_MAX - 1};
    char long_key[KEY_MAX];
    memset(long_key, '~', sizeof(long_key));
    record.key = (struct text){long_key, sizeof(long_key)};
    record.actor = (struct text){long_text, ACTOR_MAX};
    assert_in_range(assert_comes_back(&record), 1000, JOURNAL_BODY_MAX / 2);

    record = sample(RECORD_MONEY_DEPOSITED);
    record.actor = TEXT("");
    record.reference = TEXT("");
    record.key = TEXT(" ");
    record.at = INT64_C(-62135596800000000); /* the first of the year 1 */
    record.number = 2;
    record.amount = money(1);
    record.legs[0] = (struct leg){ANA, 3, {1}, {1}, 1};
    assert_comes_back(&record);

    record = sample(RECORD_ACCOUNT_CREATED);
    record.legs[0] = (struct leg){ANA, 1, {0}, {0}, 0};
    record.owner = (struct text){long_text, sizeof(long_text)};
    assert_comes_back(&record);
}

static void a_usual_transfer_is_short(void **state)
{
    struct record record = sample(RECORD_MONEY_TRANSFERRED);

    (void)state;
    record.number = 12345678;
    record.position = 34567890;
    record.legs[0].previous_record = record.number - 100000;
    record.legs[1].previous_record = record.number - 5;
    assert_in_range(assert_comes_back(&record), 80, 120);
}

/* Golden bytes: what version 1 has written must be read for ever. */
#define FRONT(kind)                                                                                \
    1, (kind), 0x81,                              /* version, kind, a key and ZeroMQ */            \
        0xc4, 0x09, 0, 0, 0, 0, 0, 0,             /* position 2500 */                              \
        0x01, 0x30, 0x5f, 0x01, 0x8b, 0x60, 6, 0, /* 1795000000000001 us */                        \
        6, 't', 'i', 'l', 'l', '-', '2', 20, 'k', 'e', 'y', '-', 'o', 'f', '-', 't', 'w', 'e',     \
        'n', 't', 'y', '-', 'l', 'e', 't', 't', 'e', 'r', 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5,      \
        0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf
#define NUMBER_OF_ANA 0x90, 0x94, 0xeb, 0xdc, 0x03
#define NUMBER_OF_BEN 0x98, 0x94, 0xeb, 0xdc, 0x03
#define IN_EUR 0xd2, 0x03
/* clang-format off */
static const uint8_t golden_created[] = {
    FRONT(1), IN_EUR, 4, 'Z', 'o', 0xc3, 0xab, NUMBER_OF_ANA, 0xac, 0x02,
};
static const uint8_t golden_deposited[] = {
    FRONT(2), IN_EUR, 0xb9, 0x60, 4, 'R', 'e', 'n', 't', NUMBER_OF_ANA, 20, 0xc0, 0x84, 0x3d, 10,
};
static const uint8_t golden_withdrawn[] = {
    FRONT(3), IN_EUR, 0xb9, 0x60, 4, 'R', 'e', 'n', 't', NUMBER_OF_ANA, 20, 0xc0, 0x84, 0x3d, 10,
};
static const uint8_t golden_transferred[] = {
    FRONT(4), IN_EUR, 0xb9, 0x60, 4, 'R', 'e', 'n', 't', NUMBER_OF_ANA, 20, 0xc0, 0x84, 0x3d, 10,
    NUMBER_OF_BEN, 0xac, 0x02, 0xb9, 0x60, 0xe7, 0x07,
};
static const uint8_t golden_refused[] = {
    FRONT(5), 3, 60, 0, 0xb9, 0x60, 120,
};
/* clang-format on */

static const struct golden {
    enum record_kind kind;
    const uint8_t *bytes;
    size_t size;
} goldens[] = {
    {RECORD_ACCOUNT_CREATED, golden_created, sizeof(golden_created)},
    {RECORD_MONEY_DEPOSITED, golden_deposited, sizeof(golden_deposited)},
    {RECORD_MONEY_WITHDRAWN, golden_withdrawn, sizeof(golden_withdrawn)},
    {RECORD_MONEY_TRANSFERRED, golden_transferred, sizeof(golden_transferred)},
    {RECORD_REFUSED, golden_refused, sizeof(golden_refused)},
};
#define GOLDENS (sizeof(goldens) / sizeof(goldens[0]))

static void the_bytes_of_every_kind_are_frozen(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct record record = sample(goldens[i].kind), back;
        struct text golden = {(const char *)goldens[i].bytes, goldens[i].size};
        struct bytes bytes;

        bytes_init(&bytes, JOURNAL_BODY_MAX);
        record_encode(&record, &bytes);
        assert_int_equal(bytes.size, golden.size);
        assert_memory_equal(bytes.data, golden.data, golden.size);
        bytes_close(&bytes);
        assert_true(record_decode(1000, golden, &back));
        assert_same_record(&back, &record);
    }
}

/* The bytes at the end of their own allocation, so that the sanitizer sees one read too far. */
static bool decode_alone(uint64_t number, const uint8_t *bytes, size_t size, struct record *out)
{
    uint8_t *alone = malloc(size + (size == 0));

    assert_non_null(alone);
    memcpy(alone, bytes, size);
    bool sound = record_decode(number, (struct text){(const char *)alone, size}, out);
    if (sound) {
        /* What was decoded is a record like any other: it can be written, and is the same. */
        struct event events[EVENTS_PER_RECORD_MAX];
        struct bytes again;

        bytes_init(&again, JOURNAL_BODY_MAX);
        record_encode(out, &again);
        assert_int_equal(again.size, size);
        assert_memory_equal(again.data, alone, size);
        bytes_close(&again);
        assert_int_equal(record_events(out, events), record_event_count(out));
    }
    free(alone);
    return sound;
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct record record;

        for (size_t size = 0; size < goldens[i].size; size++)
            assert_false(decode_alone(1000, goldens[i].bytes, size, &record));
    }
}

static void bytes_behind_the_end_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        uint8_t longer[512] = {0};
        struct record record;

        memcpy(longer, goldens[i].bytes, goldens[i].size);
        assert_false(decode_alone(1000, longer, goldens[i].size + 1, &record));
        assert_false(decode_alone(1000, longer, sizeof(longer), &record));
    }
}

static void every_flipped_bit_gives_a_sound_record_or_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        for (size_t bit = 0; bit < goldens[i].size * 8; bit++) {
            uint8_t flipped[256];
            struct record record;

            memcpy(flipped, goldens[i].bytes, goldens[i].size);
            flipped[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            (void)decode_alone(1000, flipped, goldens[i].size, &record);
        }
    }
}

static void random_damage_gives_a_sound_record_or_none(void **state)
{
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
    unsigned sound = 0;

    (void)state;
    for (unsigned round = 0; round < 60000; round++) {
        const struct golden *golden = &goldens[round % GOLDENS];
        uint8_t damaged[256];
        struct record record;

        memcpy(damaged, golden->bytes, golden->size);
        for (unsigned i = 0; i <= round % 3; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            size_t at = (size_t)((seed >> 33) % golden->size);
            damaged[at] = (uint8_t)((round & 8) ? 0xff : seed >> 56);
        }
        sound += decode_alone(1000, damaged, golden->size, &record);
    }
    assert_true(sound > 0); /* the test does not only knock at closed doors */
}

static void a_newer_version_is_refused(void **state)
{
    (void)state;
    for (unsigned version = 0; version < 256; version++) {
        uint8_t bytes[sizeof(golden_deposited)];
        struct record record;

        memcpy(bytes, golden_deposited, sizeof(bytes));
        bytes[0] = (uint8_t)version;
        assert_int_equal(decode_alone(1000, bytes, sizeof(bytes), &record), version == 1);
    }
}

/* Records that no decision makes: written they must not be, and are not read either. */
/* clang-format off */
static void unsound(unsigned index, struct record *record)
{
    static const char broken[] = "\xff";

    switch (index) {
    case 0: record->position = 0; return;
    case 1: record->at = 0; return;
    case 2: record->channel = CHANNEL_COUNT; return;
    case 3: record->key = TEXT(""); return;
    case 4: record->key = TEXT("tab\t"); return;
    case 5: record->actor = (struct text){broken, 1}; return;
    case 6: record->reference = (struct text){broken, 1}; return;
    case 7: record->amount = money(0); return;
    case 8: record->amount = money(MONEY_MAX + 1); return;
    case 9: record->currency = 0; return;
    case 10: record->legs[0].account = ANA + 1; return;
    case 11: record->legs[0].balance = money(-1); return;
    case 12: record->legs[0].change = money(12345); return;
    case 13: record->legs[0].version = 2; return;
    case 14: record->legs[0].previous_record = 0; return;
    case 15: record->legs[0].previous_record = record->number; return;
    case 16: record->legs[1].account = ANA; return;
    case 17: record->leg_count = 1; return;
    case 18: record->legs[1].balance = money(12344); return; /* it had -1 before */
    case 19: record->legs[0].balance = money(MONEY_MAX); return; /* it had more than may be */
    case 20: record->number = 0; return;
    case 21: record->op = RECORD_OP_DEPOSIT_MONEY; return;
    case 22: record->kind = 6; return;
    default: *record = sample(RECORD_REFUSED);
    }
    switch (index) {
    case 23: record->key = (struct text){0}; return;
    case 24: record->refusal = STATUS_unavailable; return;
    case 25: record->refusal = STATUS_ok; return;
    case 26: record->refusal = 999; return;
    case 27: record->op = 6; return;
    case 28: record->refusal_balance = record->amount; return;
    default: record->leg_count = 1; return;
    }
}
/* clang-format on */

static void what_could_not_be_read_back_stops_the_writer(void **state)
{
    (void)state;
    for (unsigned index = 0; index <= 29; index++) {
        struct record record = sample(RECORD_MONEY_TRANSFERRED);
        int status;

        unsound(index, &record);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct bytes bytes;

            (void)!freopen("/dev/null", "w", stderr);
            signal(SIGABRT, SIG_DFL);
            bytes_init(&bytes, JOURNAL_BODY_MAX);
            record_encode(&record, &bytes);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            fail_msg("record %u was written", index);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_as_it_was),
        cmocka_unit_test(every_stored_refusal_comes_back),
        cmocka_unit_test(the_bounds_of_every_field_come_back),
        cmocka_unit_test(a_usual_transfer_is_short),
        cmocka_unit_test(the_bytes_of_every_kind_are_frozen),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(bytes_behind_the_end_are_refused),
        cmocka_unit_test(every_flipped_bit_gives_a_sound_record_or_none),
        cmocka_unit_test(random_damage_gives_a_sound_record_or_none),
        cmocka_unit_test(a_newer_version_is_refused),
        cmocka_unit_test(what_could_not_be_read_back_stops_the_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
