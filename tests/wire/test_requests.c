#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/generate.h"
#include "wire/wire.h"

static struct arena arena;
static struct bytes bytes;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    bytes_init(&bytes, WIRE_MESSAGE_MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bytes_close(&bytes);
    arena_close(&arena);
    return 0;
}

/* A copy of exactly that size on the heap, so that a read beyond its end is seen. */
static bool decode_exactly(const void *data, size_t size, struct wire_request *out,
                           struct problem *problem)
{
    void *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, data, size);
    bool sound = wire_decode_request(copy, size, &arena, out, problem);
    /* What was decoded points into the copy; these tests look at the status and the id only. */
    if (out->id.type == WIRE_ID_TEXT)
        out->id.text = arena_copy(&arena, out->id.text);
    free(copy);
    return sound;
}

static struct wire_id number_id(uint64_t number)
{
    return (struct wire_id){.type = WIRE_ID_NUMBER, .number = number};
}

static void a_request_of_every_operation_comes_back_as_it_was(void **state)
{
    struct generator from = {.state = 42, .arena = &arena};
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct message *message = message_of((enum op)op);
        for (unsigned round = 0; round < 30; round++) {
            struct any args = generate_any(&from, message->args, true);
            struct wire_request request;
            struct problem problem;
            bytes_clear(&bytes);
            wire_encode_request(&bytes, number_id(round), message, TEXT("tk_x"), TEXT("k 1"),
                                args.value);
            assert_false(bytes.overflow);
            bool sound = wire_decode_request(bytes.data, bytes.size, &arena, &request, &problem);
            if (!sound)
                print_error("%s: %s\n", message->name, problem.detail);
            assert_true(sound);
            assert_ptr_equal(request.message, message);
            assert_true(text_is(request.auth, "tk_x") && text_is(request.key, "k 1"));
            assert_int_equal(request.id.number, round);
            assert_true(generate_same(message->args, true, &arena, args.value, request.args));
            arena_reset(&arena);
        }
    }
}

static void encode_deposit(struct wire_id id)
{
    struct move_money args = {.given = 1u << MOVE_MONEY_ACCOUNT | 1u << MOVE_MONEY_AMOUNT |
                                       1u << MOVE_MONEY_REFERENCE,
                              .account = account_from_sequence(100000042),
                              .amount = money(1250),
                              .reference = TEXT("Café")};
    bytes_clear(&bytes);
    wire_encode_request(&bytes, id, message_of(OP_DEPOSIT_MONEY), (struct text){0},
                        (struct text){0}, &args);
}

static void ids_are_echoed_up_to_the_largest(void **state)
{
    static const uint64_t numbers[] = {0, 127, 128, 65536, INT64_MAX, UINT64_MAX};
    struct wire_request request;
    struct problem problem;
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        encode_deposit(number_id(numbers[i]));
        assert_true(decode_exactly(bytes.data, bytes.size, &request, &problem));
        assert_int_equal(request.id.type, WIRE_ID_NUMBER);
        assert_true(request.id.number == numbers[i]);
        assert_null(request.auth.data);
        assert_null(request.key.data);
    }
    char longest[WIRE_ID_TEXT_MAX + 1];
    memset(longest, 'x', sizeof longest);
    for (size_t size = 0; size <= sizeof longest; size++) {
        encode_deposit((struct wire_id){.type = WIRE_ID_TEXT, .text = {longest, size}});
        bool sound = decode_exactly(bytes.data, bytes.size, &request, &problem);
        assert_int_equal(sound, size <= WIRE_ID_TEXT_MAX);
        assert_int_equal(request.id.type, sound ? WIRE_ID_TEXT : WIRE_ID_NULL);
        assert_int_equal(request.id.text.size, sound ? size : 0);
    }
}

static void a_request_cut_anywhere_is_malformed_and_keeps_a_readable_id(void **state)
{
    struct wire_request request;
    struct problem problem;
    (void)state;
    encode_deposit(number_id(77));
    struct bytes whole = bytes;
    size_t with_id = 0;
    for (size_t size = 0; size < whole.size; size++) {
        assert_false(decode_exactly(whole.data, size, &request, &problem));
        assert_int_equal(problem.status, STATUS_malformed_request);
        if (request.id.type == WIRE_ID_NUMBER) {
            assert_int_equal(request.id.number, 77);
            with_id++;
        }
    }
    /* Map, "v", 1, "id", 77 are eight bytes: from there on the id is known. */
    assert_int_equal(with_id, whole.size - 8);
}

static void trailing_bytes_are_malformed(void **state)
{
    struct wire_request request;
    struct problem problem;
    (void)state;
    encode_deposit(number_id(5));
    bytes_put_u8(&bytes, 0xc0);
    assert_false(decode_exactly(bytes.data, bytes.size, &request, &problem));
    assert_int_equal(problem.status, STATUS_malformed_request);
    assert_int_equal(request.id.number, 5);
}

static void flipped_bits_are_decoded_or_refused_but_never_trusted(void **state)
{
    struct generator from = {.state = 7, .arena = &arena};
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct message *message = message_of((enum op)op);
        struct any args = generate_any(&from, message->args, true);
        bytes_clear(&bytes);
        wire_encode_request(&bytes, number_id(9), message, TEXT("tk"), TEXT("key"), args.value);
        for (unsigned round = 0; round < 300 && bytes.size < 20000; round++) {
            struct arena own;
            struct wire_request request;
            struct problem problem;
            uint8_t *copy = malloc(bytes.size);
            assert_non_null(copy);
            memcpy(copy, bytes.data, bytes.size);
            for (unsigned flips = 0; flips <= round % 4; flips++)
                copy[generate_below(&from, bytes.size)] ^=
                    (uint8_t)(1u << generate_below(&from, 8));
            arena_init(&own, 1u << 24);
            bool sound = wire_decode_request(copy, bytes.size, &own, &request, &problem);
            assert_int_equal(sound, problem.status == STATUS_ok);
            if (!sound)
                assert_true(status_row(problem.status)->http == 400);
            arena_close(&own);
            free(copy);
        }
        arena_reset(&arena);
    }
}

struct bad_bytes {
    const char *why;
    const char *data;
    size_t size;
    enum status status;
    int id; /* -1: null */
};

#define BYTES(literal) literal, sizeof(literal) - 1
/* {"v":1,"id":7,"op":"ListKeys" and room for more fields */
#define HEAD(count) count "\xa1v\x01\xa2id\x07\xa2op\xa8ListKeys"

static const struct bad_bytes bad_bytes[] = {
    {"nothing", BYTES(""), STATUS_malformed_request, -1},
    {"not a map", BYTES("\x93\x01\x02\x03"), STATUS_malformed_request, -1},
    {"a byte that begins nothing", BYTES("\xc1"), STATUS_malformed_request, -1},
    {"four billion elements", BYTES("\xdd\xff\xff\xff\xff"), STATUS_malformed_request, -1},
    {"four billion pairs", BYTES("\xdf\xff\xff\xff\xff"), STATUS_malformed_request, -1},
    {"four billion pairs, and an id", BYTES("\xdf\xff\xff\xff\xff\xa2id\x07\xc0\xc0"),
     STATUS_malformed_request, 7},
    {"a text longer than the message", BYTES("\x81\xa1v\xdb\xff\xff\xff\xff"),
     STATUS_malformed_request, -1},
    {"a bin longer than the message", BYTES("\x82\xa2id\x07\xa1v\xc6\xff\xff\xff\xff"),
     STATUS_malformed_request, 7},
    {"an ext longer than the message", BYTES("\x82\xa2id\x07\xa1v\xc9\xff\xff\xff\xff\x01"),
     STATUS_malformed_request, 7},
    {"a length cut off", BYTES("\x82\xa2id\x07\xa1v\xda\x01"), STATUS_malformed_request, 7},
    {"an empty map", BYTES("\x80"), STATUS_malformed_request, -1},
    {"no v", BYTES("\x82\xa2id\x07\xa2op\xa8ListKeys"), STATUS_malformed_request, 7},
    {"v of another kind",
     BYTES("\x83\xa1v\xa1"
           "1\xa2id\x07\xa2op\xa8ListKeys"),
     STATUS_malformed_request, 7},
    {"v 2", BYTES("\x83\xa1v\x02\xa2id\x07\xa2op\xa8ListKeys"), STATUS_malformed_request, 7},
    {"v as a float", BYTES("\x83\xa1v\xca\x3f\x80\x00\x00\xa2id\x07\xa2op\xa8ListKeys"),
     STATUS_malformed_request, 7},
    {"no id", BYTES("\x82\xa1v\x01\xa2op\xa8ListKeys"), STATUS_malformed_request, -1},
    {"a negative id", BYTES("\x83\xa1v\x01\xa2id\xff\xa2op\xa8ListKeys"), STATUS_malformed_request,
     -1},
    {"a float id", BYTES("\x83\xa1v\x01\xa2id\xca\x3f\x80\x00\x00\xa2op\xa8ListKeys"),
     STATUS_malformed_request, -1},
    {"an id that is no UTF-8", BYTES("\x83\xa1v\x01\xa2id\xa2\xff\xfe\xa2op\xa8ListKeys"),
     STATUS_malformed_request, -1},
    {"no op", BYTES("\x82\xa1v\x01\xa2id\x07"), STATUS_malformed_request, 7},
    {"an unknown op", BYTES("\x83\xa1v\x01\xa2id\x07\xa2op\xa4Nope"), STATUS_malformed_request, 7},
    {"an op with a NUL", BYTES("\x83\xa1v\x01\xa2id\x07\xa2op\xa9ListKeys\0"),
     STATUS_malformed_request, 7},
    {"a number for op", BYTES("\x83\xa1v\x01\xa2id\x07\xa2op\x01"), STATUS_malformed_request, 7},
    {"an unknown field", BYTES(HEAD("\x84") "\xa1x\x01"), STATUS_malformed_request, 7},
    {"a number for a name", BYTES(HEAD("\x84") "\x05\x01"), STATUS_malformed_request, 7},
    {"a bin for a name", BYTES(HEAD("\x84") "\xc4\x01k\xa1x"), STATUS_malformed_request, 7},
    {"a map for a name, before the id", BYTES("\x82\x81\x01\x02\x03\xa2id\x07"),
     STATUS_malformed_request, 7},
    {"op twice", BYTES(HEAD("\x84") "\xa2op\xa8ListKeys"), STATUS_malformed_request, 7},
    {"id twice", BYTES(HEAD("\x84") "\xa2id\x07"), STATUS_malformed_request, 7},
    {"auth a number",
     BYTES(HEAD("\x84") "\xa4"
                        "auth\x01"),
     STATUS_malformed_request, 7},
    {"auth nil",
     BYTES(HEAD("\x84") "\xa4"
                        "auth\xc0"),
     STATUS_malformed_request, 7},
    {"key nil", BYTES(HEAD("\x84") "\xa3key\xc0"), STATUS_malformed_request, 7},
    {"an empty key", BYTES(HEAD("\x84") "\xa3key\xa0"), STATUS_invalid_key, 7},
    {"a key with a line feed", BYTES(HEAD("\x84") "\xa3key\xa1\n"), STATUS_invalid_key, 7},
    {"a key that is no ASCII", BYTES(HEAD("\x84") "\xa3key\xa2\xc3\xa9"), STATUS_invalid_key, 7},
    {"args a list",
     BYTES(HEAD("\x84") "\xa4"
                        "args\x90"),
     STATUS_malformed_request, 7},
    {"args nil",
     BYTES(HEAD("\x84") "\xa4"
                        "args\xc0"),
     STATUS_malformed_request, 7},
    {"args with a name of another kind",
     BYTES(HEAD("\x84") "\xa4"
                        "args\x81\x01\x01"),
     STATUS_malformed_request, 7},
    {"args with an unknown name",
     BYTES(HEAD("\x84") "\xa4"
                        "args\x81\xa1x\x01"),
     STATUS_invalid_parameter, 7},
    {"nine levels",
     BYTES(HEAD("\x84") "\xa4"
                        "args\x91\x91\x91\x91\x91\x91\x91\x90"),
     STATUS_malformed_request, 7},
};

static void bad_bytes_are_refused_with_the_id_where_it_can_be_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_bytes / sizeof bad_bytes[0]; i++) {
        const struct bad_bytes *bad = &bad_bytes[i];
        struct wire_request request;
        struct problem problem;
        bool sound = decode_exactly(bad->data, bad->size, &request, &problem);
        int id = request.id.type == WIRE_ID_NUMBER ? (int)request.id.number : -1;
        if (sound || problem.status != bad->status || id != bad->id)
            fail_msg("%s: %s, id %d: %s", bad->why, status_row(problem.status)->code, id,
                     problem.detail);
    }
}

static void args_may_be_left_out_where_nothing_is_required(void **state)
{
    struct wire_request request;
    struct problem problem;
    (void)state;
    assert_true(decode_exactly(BYTES(HEAD("\x83")), &request, &problem));
    assert_int_equal(request.message->op, OP_LIST_KEYS);
    assert_false(decode_exactly(BYTES("\x83\xa1v\x01\xa2id\x07\xa2op\xacWithdrawMoney"
                                      ""),
                                &request, &problem));
    assert_int_equal(problem.status, STATUS_malformed_request);
}

static void the_longest_key_passes_and_one_more_does_not(void **state)
{
    char key[ARG_KEY_MAX + 1];
    struct wire_request request;
    struct problem problem;
    struct no_args none = {0};
    (void)state;
    memset(key, '~', sizeof key);
    for (size_t size = ARG_KEY_MAX; size <= ARG_KEY_MAX + 1; size++) {
        bytes_clear(&bytes);
        wire_encode_request(&bytes, number_id(1), message_of(OP_LIST_KEYS), (struct text){0},
                            (struct text){key, size}, &none);
        bool sound = decode_exactly(bytes.data, bytes.size, &request, &problem);
        assert_int_equal(sound, size == ARG_KEY_MAX);
        assert_int_equal(problem.status, sound ? STATUS_ok : STATUS_invalid_key);
    }
}

static void a_message_of_too_many_values_is_refused_before_it_is_unpacked(void **state)
{
    struct wire_request request;
    struct problem problem;
    struct node node;
    (void)state;
    for (uint32_t values = NODE_COUNT_MAX - 1; values <= NODE_COUNT_MAX; values++) {
        bytes_clear(&bytes);
        bytes_put(&bytes, "\xdd", 1);
        uint8_t count[4] = {(uint8_t)(values >> 24), (uint8_t)(values >> 16),
                            (uint8_t)(values >> 8), (uint8_t)values};
        bytes_put(&bytes, count, sizeof count);
        for (uint32_t i = 0; i < values; i++)
            bytes_put_u8(&bytes, 0xc0);
        assert_int_equal(wire_parse(bytes.data, bytes.size, &arena, &node),
                         values < NODE_COUNT_MAX);
    }
    assert_false(decode_exactly(bytes.data, bytes.size, &request, &problem));
    assert_int_equal(problem.status, STATUS_malformed_request);
}

static void a_message_beyond_the_bound_is_too_large(void **state)
{
    struct wire_request request;
    struct problem problem;
    char *data = calloc(1, WIRE_MESSAGE_MAX + 1);
    (void)state;
    assert_non_null(data);
    assert_false(wire_decode_request(data, WIRE_MESSAGE_MAX + 1, &arena, &request, &problem));
    assert_int_equal(problem.status, STATUS_request_too_large);
    free(data);
}

static void a_full_batch_fits_and_one_command_more_is_malformed(void **state)
{
    static struct batch_command commands[BATCH_COMMANDS_MAX + 1];
    struct transfer_money transfer = {.given = 63,
                                      .from = account_from_sequence(100000001),
                                      .to = account_from_sequence(100000002),
                                      .amount = money(MONEY_MAX),
                                      .currency = 978,
                                      .reference = TEXT("rent"),
                                      .expected_version = 1};
    struct batch batch = {.given = 3, .commands = {commands, 0}, .atomic = true};
    struct wire_request request;
    struct problem problem;
    (void)state;
    for (size_t i = 0; i <= BATCH_COMMANDS_MAX; i++)
        commands[i] =
            (struct batch_command){.given = 7,
                                   .op = 3,
                                   .key = TEXT("k"),
                                   .args = {.shape = &transfer_money_shape, .value = &transfer}};
    for (size_t count = BATCH_COMMANDS_MAX; count <= BATCH_COMMANDS_MAX + 1; count++) {
        batch.commands.count = count;
        bytes_clear(&bytes);
        wire_encode_request(&bytes, number_id(1), message_of(OP_BATCH), (struct text){0},
                            (struct text){0}, &batch);
        assert_false(bytes.overflow);
        bool sound = wire_decode_request(bytes.data, bytes.size, &arena, &request, &problem);
        assert_int_equal(sound, count == BATCH_COMMANDS_MAX);
        if (sound)
            continue;
        assert_int_equal(problem.status, STATUS_malformed_request);
        assert_string_equal(problem.errors[0].pointer, "#/commands");
    }
}

static void a_request_beyond_the_arena_is_unavailable(void **state)
{
    struct wire_request request;
    struct problem problem;
    struct arena small;
    (void)state;
    encode_deposit(number_id(3));
    arena_init(&small, 8);
    assert_false(wire_decode_request(bytes.data, bytes.size, &small, &request, &problem));
    assert_int_equal(problem.status, STATUS_unavailable);
    assert_int_equal(request.id.number, 3);
    arena_close(&small);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_request_of_every_operation_comes_back_as_it_was),
        TEST(ids_are_echoed_up_to_the_largest),
        TEST(a_request_cut_anywhere_is_malformed_and_keeps_a_readable_id),
        TEST(trailing_bytes_are_malformed),
        TEST(flipped_bits_are_decoded_or_refused_but_never_trusted),
        TEST(bad_bytes_are_refused_with_the_id_where_it_can_be_read),
        TEST(args_may_be_left_out_where_nothing_is_required),
        TEST(the_longest_key_passes_and_one_more_does_not),
        TEST(a_message_of_too_many_values_is_refused_before_it_is_unpacked),
        TEST(a_message_beyond_the_bound_is_too_large),
        TEST(a_full_batch_fits_and_one_command_more_is_malformed),
        TEST(a_request_beyond_the_arena_is_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
