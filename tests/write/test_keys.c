#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "write/keys.h"

static const struct hash_key secret = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};

static struct fingerprint print_of(const struct keys *keys, uint64_t number)
{
    char key[32];
    (void)snprintf(key, sizeof key, "order-%llu", (unsigned long long)number);
    return keys_fingerprint(keys, TEXT("front-desk"), text_of(key));
}

static void add(struct keys *keys, uint64_t number)
{
    assert_true(keys_add(keys, print_of(keys, number), number));
}

static void a_million_keys_are_found_and_no_other(void **unused)
{
    (void)unused;
    struct keys keys;
    keys_init(&keys, secret);
    for (uint64_t i = 1; i <= 1000000; i++) {
        add(&keys, i);
    }
    assert_int_equal(keys.count, 1000000);
    for (uint64_t i = 1; i <= 1000000; i++) {
        assert_int_equal(keys_find(&keys, print_of(&keys, i)), i);
    }
    for (uint64_t i = 1000001; i <= 1100000; i++) {
        assert_int_equal(keys_find(&keys, print_of(&keys, i)), 0);
    }
    keys_close(&keys);
}

static void a_key_takes_at_most_32_bytes_at_any_size(void **unused)
{
    (void)unused;
    struct keys keys;
    keys_init(&keys, secret);
    for (uint64_t i = 1; i <= 700000; i++) {
        add(&keys, i);
        if (i >= 10000 && i % 997 == 0) {
            assert_true(keys_memory(&keys) <= 32 * i);
        }
    }
    keys_close(&keys);
}

static void the_first_record_of_a_key_stays(void **unused)
{
    (void)unused;
    struct keys keys;
    keys_init(&keys, secret);
    struct fingerprint print = print_of(&keys, 1);
    assert_true(keys_add(&keys, print, 5));
    assert_false(keys_add(&keys, print, 6));
    assert_int_equal(keys_find(&keys, print), 5);
    assert_int_equal(keys.count, 1);
    keys_close(&keys);
}

static void principal_and_key_do_not_run_together(void **unused)
{
    (void)unused;
    struct keys keys;
    keys_init(&keys, secret);
    struct fingerprint a = keys_fingerprint(&keys, TEXT("ab"), TEXT("c"));
    struct fingerprint b = keys_fingerprint(&keys, TEXT("a"), TEXT("bc"));
    struct fingerprint c = keys_fingerprint(&keys, TEXT(""), TEXT("abc"));
    assert_true(a.high != b.high && a.high != c.high && b.high != c.high);
    keys_close(&keys);
}

static void the_secret_decides_the_fingerprints(void **unused)
{
    (void)unused;
    struct keys one, other;
    keys_init(&one, secret);
    keys_init(&other, (struct hash_key){secret.a, secret.b + 1});
    assert_true(print_of(&one, 1).high != print_of(&other, 1).high);
    keys_close(&one);
    keys_close(&other);
}

static void all_of_the_80_bits_are_compared(void **unused)
{
    (void)unused;
    struct keys keys;
    keys_init(&keys, secret);
    struct fingerprint print = print_of(&keys, 1);
    assert_true(keys_add(&keys, print, 1));
    for (int bit = 0; bit < 80; bit++) {
        struct fingerprint other = print;
        if (bit < 64) {
            other.high ^= UINT64_C(1) << bit;
        } else {
            other.low = (uint16_t)(other.low ^ 1u << (bit - 64));
        }
        assert_int_equal(keys_find(&keys, other), 0);
    }
    assert_true(keys_add(&keys, (struct fingerprint){print.high, (uint16_t)~print.low}, 2));
    assert_int_equal(keys_find(&keys, print), 1);
    keys_close(&keys);
}

static bool import(struct keys *keys, struct keys_cursor *cursor, const struct keys_segment *head,
                   const void *entries)
{
    struct segment segment = keys_import(keys, cursor, head);
    if (segment.entries == NULL) {
        return false;
    }
    memcpy(segment.entries, entries, head->capacity * KEYS_ENTRY_SIZE);
    return keys_import_end(keys, cursor, head, segment);
}

static bool take(struct keys *copy, struct keys_cursor *cursor, const struct bytes *out)
{
    struct keys_segment segment;
    memcpy(&segment, out->data, sizeof segment);
    assert_int_equal(out->size, sizeof segment + segment.capacity * KEYS_ENTRY_SIZE);
    return import(copy, cursor, &segment, out->data + sizeof segment);
}

/* The table grows while it is exported: whatever was there at the start must come along. */
static void an_export_during_growth_has_every_key_of_its_start(void **unused)
{
    (void)unused;
    enum { START = 40000 };
    struct keys keys, copy;
    struct keys_cursor from = {0}, to = {0};
    struct bytes out;
    uint64_t next = START + 1;
    bytes_init(&out, KEYS_EXPORT_MAX);
    keys_init(&keys, secret);
    keys_init(&copy, secret);
    for (uint64_t i = 1; i <= START; i++) {
        add(&keys, i);
    }
    while (keys_export(&keys, &from, &out)) {
        assert_false(out.overflow);
        assert_true(take(&copy, &to, &out));
        bytes_clear(&out);
        for (int i = 0; i < 400; i++) {
            add(&keys, next++);
        }
    }
    assert_true(keys_import_is_whole(&copy));
    assert_in_range(copy.count, START, next);
    for (uint64_t i = 1; i < next; i++) {
        uint64_t found = keys_find(&copy, print_of(&copy, i));
        assert_true(found == i || (found == 0 && i > START));
    }
    for (uint64_t i = 1; i < next; i++) {
        assert_true(keys_add(&copy, print_of(&copy, i), i) || keys_find(&keys, print_of(&keys, i)));
    }
    assert_int_equal(copy.count, keys.count);
    bytes_close(&out);
    keys_close(&copy);
    keys_close(&keys);
}

/* Half of the hashes share their first 20 bits, so that one corner of the directory is many times
 * doubled while segments elsewhere span hundreds of its slots. The counts in the export are held
 * against what is in the segments by whoever takes it. */
static void hashes_that_crowd_together_are_found_and_counted(void **unused)
{
    (void)unused;
    enum { COUNT = 60000 };
    struct keys keys, copy;
    struct keys_cursor from = {0}, to = {0};
    struct bytes out;
    bytes_init(&out, KEYS_EXPORT_MAX);
    keys_init(&keys, secret);
    keys_init(&copy, secret);
    for (uint64_t i = 1; i <= COUNT; i++) {
        struct fingerprint print = print_of(&keys, i);
        print.high = i % 2 == 0 ? print.high : print.high >> 20 | UINT64_C(0xabcde) << 44;
        assert_true(keys_add(&keys, print, i));
        assert_false(keys_add(&keys, print, i));
    }
    while (keys_export(&keys, &from, &out)) {
        assert_true(take(&copy, &to, &out));
        bytes_clear(&out);
    }
    assert_true(keys_import_is_whole(&copy));
    assert_int_equal(copy.count, COUNT);
    for (uint64_t i = 1; i <= COUNT; i++) {
        struct fingerprint print = print_of(&keys, i);
        print.high = i % 2 == 0 ? print.high : print.high >> 20 | UINT64_C(0xabcde) << 44;
        assert_int_equal(keys_find(&keys, print), i);
        assert_int_equal(keys_find(&copy, print), i);
    }
    assert_in_range(keys_memory(&copy), 16 * COUNT, keys_memory(&keys));
    bytes_close(&out);
    keys_close(&copy);
    keys_close(&keys);
}

static void segments_that_make_no_sense_are_not_taken(void **unused)
{
    (void)unused;
    struct keys keys;
    enum { CAPACITY = SEGMENT_CAPACITY_MIN, FULL = SEGMENT_LOAD(SEGMENT_CAPACITY_MIN) };
    const uint64_t none[CAPACITY * 2] = {0}, one[CAPACITY * 2] = {1, 1},
                                   no_record[CAPACITY * 2] = {1, UINT64_C(1) << 48},
                                   elsewhere[CAPACITY * 2] = {UINT64_C(1) << 63, 1};
    static const uint64_t large[SEGMENT_CAPACITY_MAX * 2 + 2];
    uint64_t full[CAPACITY * 2];
    for (int i = 0; i < CAPACITY * 2; i++) {
        full[i] = 1; /* whoever looks for a key in here never comes back */
    }
    const struct {
        struct keys_segment head;
        const uint64_t *entries;
    } wrong[] = {
        {{.prefix = 1, .capacity = CAPACITY}, none}, /* bits behind its depth */
        {{.depth = 21, .capacity = CAPACITY}, none}, /* too deep */
        {{.depth = 64, .capacity = CAPACITY}, none},
        {{.capacity = CAPACITY - 1}, none}, /* too small, too large */
        {{.capacity = 0}, none},
        {{.capacity = SEGMENT_CAPACITY_MAX + 1}, large},
        {{.capacity = UINT32_MAX}, none},
        {{.capacity = CAPACITY, .count = UINT32_MAX}, none}, /* too many */
        {{.capacity = CAPACITY, .count = CAPACITY}, full},
        {{.capacity = CAPACITY, .count = FULL}, full}, /* says less than it has */
        {{.capacity = CAPACITY, .count = 1}, none},    /* says more */
        {{.capacity = CAPACITY, .count = 0}, one},
        {{.capacity = CAPACITY, .count = 1}, no_record},
        {{.capacity = CAPACITY, .count = 1}, elsewhere}, /* of another segment */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct keys_cursor cursor = {0};
        keys_init(&keys, secret);
        size_t memory = keys_memory(&keys);
        assert_false(import(&keys, &cursor, &wrong[i].head, wrong[i].entries));
        assert_int_equal(keys_memory(&keys), memory);
        assert_int_equal(keys.count, 0);
        keys_close(&keys);
    }
    /* Out of order, and with a gap behind it. */
    struct keys_cursor cursor = {0};
    keys_init(&keys, secret);
    const struct keys_segment left = {.depth = 1, .capacity = CAPACITY, .count = 1};
    assert_true(import(&keys, &cursor, &left, one));
    assert_false(import(&keys, &cursor, &left, one));
    assert_false(keys_import_is_whole(&keys));
    keys_close(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_keys_are_found_and_no_other),
        cmocka_unit_test(a_key_takes_at_most_32_bytes_at_any_size),
        cmocka_unit_test(the_first_record_of_a_key_stays),
        cmocka_unit_test(principal_and_key_do_not_run_together),
        cmocka_unit_test(the_secret_decides_the_fingerprints),
        cmocka_unit_test(all_of_the_80_bits_are_compared),
        cmocka_unit_test(an_export_during_growth_has_every_key_of_its_start),
        cmocka_unit_test(hashes_that_crowd_together_are_found_and_counted),
        cmocka_unit_test(segments_that_make_no_sense_are_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
