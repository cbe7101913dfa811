#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

static void what_is_put_is_got(void **state)
{
    (void)state;
    struct bytes bytes;
    bytes_init(&bytes, 1000);
    bytes_put_u8(&bytes, 0xab);
    bytes_put_u16(&bytes, 0xbeef);
    bytes_put_u32(&bytes, 0xdeadbeef);
    bytes_put_u64(&bytes, UINT64_C(0x0123456789abcdef));
    bytes_put_text(&bytes, TEXT("text"));
    struct bytes_reader reader = bytes_reader(bytes.data, bytes.size);
    assert_int_equal(bytes_get_u8(&reader), 0xab);
    assert_int_equal(bytes_get_u16(&reader), 0xbeef);
    assert_int_equal(bytes_get_u32(&reader), 0xdeadbeef);
    assert_true(bytes_get_u64(&reader) == UINT64_C(0x0123456789abcdef));
    assert_true(text_is(bytes_get_text(&reader, 4), "text"));
    assert_int_equal(reader.at, reader.size);
    assert_false(reader.bad);
    bytes_close(&bytes);
}

static void integers_are_little_endian(void **state)
{
    (void)state;
    struct bytes bytes;
    bytes_init(&bytes, 100);
    bytes_put_u16(&bytes, 0x0102);
    bytes_put_u32(&bytes, 0x01020304);
    bytes_put_u64(&bytes, UINT64_C(0x0102030405060708));
    const uint8_t expected[] = {2, 1, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1};
    assert_int_equal(bytes.size, sizeof(expected));
    assert_memory_equal(bytes.data, expected, sizeof(expected));
    bytes_close(&bytes);
}

static void varints_have_these_bytes(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        size_t size;
        uint8_t bytes[10];
    } rows[] = {
        {0, 1, {0}},
        {127, 1, {0x7f}},
        {128, 2, {0x80, 1}},
        {300, 2, {0xac, 2}},
        {16383, 2, {0xff, 0x7f}},
        {16384, 3, {0x80, 0x80, 1}},
        {UINT64_MAX, 10, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes bytes;
        bytes_init(&bytes, 10);
        bytes_put_varint(&bytes, rows[i].value);
        assert_false(bytes.overflow);
        assert_int_equal(bytes.size, rows[i].size);
        assert_memory_equal(bytes.data, rows[i].bytes, rows[i].size);
        struct bytes_reader reader = bytes_reader(bytes.data, bytes.size);
        assert_true(bytes_get_varint(&reader) == rows[i].value);
        assert_false(reader.bad);
        bytes_close(&bytes);
    }
}

static void zigzag_keeps_small_numbers_short_and_every_number_whole(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        size_t size;
    } rows[] = {
        {0, 1},  {-1, 1},  {1, 1},          {63, 1},         {-64, 1},
        {64, 2}, {-65, 2}, {INT64_MAX, 10}, {INT64_MIN, 10},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes bytes;
        bytes_init(&bytes, 10);
        bytes_put_zigzag(&bytes, rows[i].value);
        assert_int_equal(bytes.size, rows[i].size);
        struct bytes_reader reader = bytes_reader(bytes.data, bytes.size);
        assert_true(bytes_get_zigzag(&reader) == rows[i].value);
        bytes_close(&bytes);
    }
}

static void wrong_varints_are_bad(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        uint8_t bytes[12];
    } rows[] = {
        {1, {0x80}},                                                           /* cut off */
        {0, {0}},                                                              /* nothing */
        {2, {0x80, 0}},                                                        /* padded */
        {3, {0xff, 0x80, 0}},                                                  /* padded */
        {10, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2}},       /* 65 bits */
        {11, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0}}, /* eleven */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes_reader reader = bytes_reader(rows[i].bytes, rows[i].size);
        assert_true(bytes_get_varint(&reader) == 0);
        assert_true(reader.bad);
    }
}

static void reading_past_the_end_is_bad_for_good(void **state)
{
    (void)state;
    const uint8_t data[] = {1, 2, 3};
    struct bytes_reader reader = bytes_reader(data, sizeof(data));
    assert_int_equal(bytes_get_u32(&reader), 0);
    assert_true(reader.bad);
    assert_int_equal(bytes_get_u8(&reader), 0);
    assert_null(bytes_get(&reader, 0));
    assert_null(bytes_get_text(&reader, 1).data);

    reader = bytes_reader(data, sizeof(data));
    assert_null(bytes_get(&reader, SIZE_MAX));
    assert_true(reader.bad);
}

static void an_empty_piece_is_present(void **state)
{
    (void)state;
    struct bytes_reader reader = bytes_reader(NULL, 0);
    struct text text = bytes_get_text(&reader, 0);
    assert_non_null(text.data);
    assert_int_equal(text.size, 0);
    assert_false(reader.bad);
}

static void the_bound_holds_and_the_old_contents_stay(void **state)
{
    (void)state;
    struct bytes bytes;
    bytes_init(&bytes, 10);
    bytes_put(&bytes, "12345678", 8);
    bytes_put(&bytes, "abc", 3);
    assert_true(bytes.overflow);
    assert_true(text_is(bytes_text(&bytes), "12345678"));
    bytes_put_u8(&bytes, 'x');
    assert_true(text_is(bytes_text(&bytes), "12345678"));
    bytes_clear(&bytes);
    assert_false(bytes.overflow);
    bytes_put(&bytes, "1234567890", 10);
    assert_false(bytes.overflow);
    assert_int_equal(bytes.size, 10);
    bytes_put(&bytes, "", 0);
    assert_false(bytes.overflow);
    bytes_close(&bytes);
}

static void an_absurd_size_overflows_instead_of_wrapping_around(void **state)
{
    (void)state;
    struct bytes bytes;
    bytes_init(&bytes, 100);
    bytes_put_u8(&bytes, 1);
    bytes_put(&bytes, "x", SIZE_MAX);
    assert_true(bytes.overflow);
    assert_int_equal(bytes.size, 1);
    bytes_close(&bytes);
}

static void a_buffer_grows_to_its_bound_and_not_beyond(void **state)
{
    (void)state;
    struct bytes bytes;
    bytes_init(&bytes, 100001);
    for (size_t i = 0; i < 100001; i++) {
        bytes_put_u8(&bytes, (uint8_t)i);
    }
    assert_false(bytes.overflow);
    assert_int_equal(bytes.size, 100001);
    assert_true(bytes.capacity <= 100001);
    for (size_t i = 0; i < 100001; i++) {
        assert_int_equal(bytes.data[i], (uint8_t)i);
    }
    bytes_put_u8(&bytes, 0);
    assert_true(bytes.overflow);
    bytes_close(&bytes);
}

static void printing_appends_text_of_any_length(void **state)
{
    (void)state;
    struct bytes bytes;
    bytes_init(&bytes, 2000);
    bytes_print(&bytes, "%s=%d ", "a", 1);
    bytes_print(&bytes, "%1000d", 2);
    assert_int_equal(bytes.size, 1004);
    assert_memory_equal(bytes.data, "a=1 ", 4);
    assert_int_equal(bytes.data[1003], '2');
    bytes_print(&bytes, "%1000d", 3);
    assert_true(bytes.overflow);
    assert_int_equal(bytes.size, 1004);
    bytes_close(&bytes);
}

static void a_print_that_just_fits_needs_no_room_for_its_nul(void **state)
{
    (void)state;
    struct bytes bytes;
    bytes_init(&bytes, 5);
    bytes_print(&bytes, "%s", "12345");
    assert_false(bytes.overflow);
    assert_int_equal(bytes.size, 5);
    bytes_close(&bytes);
    bytes_init(&bytes, 300);
    bytes_print(&bytes, "%300d", 1);
    assert_false(bytes.overflow);
    assert_int_equal(bytes.size, 300);
    bytes_close(&bytes);
}

static void the_text_of_an_empty_buffer_is_present(void **state)
{
    (void)state;
    struct bytes bytes;
    bytes_init(&bytes, 5);
    assert_non_null(bytes_text(&bytes).data);
    assert_int_equal(bytes_text(&bytes).size, 0);
    bytes_close(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_got),
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(varints_have_these_bytes),
        cmocka_unit_test(zigzag_keeps_small_numbers_short_and_every_number_whole),
        cmocka_unit_test(wrong_varints_are_bad),
        cmocka_unit_test(reading_past_the_end_is_bad_for_good),
        cmocka_unit_test(an_empty_piece_is_present),
        cmocka_unit_test(the_bound_holds_and_the_old_contents_stay),
        cmocka_unit_test(an_absurd_size_overflows_instead_of_wrapping_around),
        cmocka_unit_test(a_buffer_grows_to_its_bound_and_not_beyond),
        cmocka_unit_test(printing_appends_text_of_any_length),
        cmocka_unit_test(a_print_that_just_fits_needs_no_room_for_its_nul),
        cmocka_unit_test(the_text_of_an_empty_buffer_is_present),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
