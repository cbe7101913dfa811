/* Canonical bytes: two commands are the same for their key exactly when these are. */
#include "domain/scenario.h"

static void canonical_of(enum op op, const void *args, struct bytes *out)
{
    bytes_init(out, 4096);
    decider_of(op)->canonical(args, out);
    assert_false(out->overflow);
}

static bool same(enum op a, const void *args_a, enum op b, const void *args_b)
{
    struct bytes bytes_a, bytes_b;

    canonical_of(a, args_a, &bytes_a);
    canonical_of(b, args_b, &bytes_b);
    bool equal = text_equal(bytes_text(&bytes_a), bytes_text(&bytes_b));
    bytes_close(&bytes_a);
    bytes_close(&bytes_b);
    return equal;
}

static void only_the_four_commands_have_deciders(void **state)
{
    static const uint8_t record_ops[] = {RECORD_OP_CREATE_ACCOUNT, RECORD_OP_DEPOSIT_MONEY,
                                         RECORD_OP_WITHDRAW_MONEY, RECORD_OP_TRANSFER_MONEY};

    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        if (op > OP_TRANSFER_MONEY) {
            assert_null(decider_of(op));
            continue;
        }
        assert_int_equal(message_of((enum op)op)->kind, MESSAGE_COMMAND);
        assert_int_equal(decider_of(op)->record_op, record_ops[op]);
    }
    assert_null(decider_of(OP_COUNT));
    assert_null(decider_of(UINT32_MAX));
}

static void defaults_are_the_same_as_what_they_stand_for(void **state)
{
    struct move_money bare = {.account = ANA, .amount = {5}};
    struct move_money empty = bare;
    struct create_account without = {.owner = TEXT("Ana"), .currency = EUR};
    struct create_account with_zero = without;

    (void)state;
    empty.reference = TEXT("");
    empty.given = 1u << MOVE_MONEY_REFERENCE;
    assert_true(same(OP_DEPOSIT_MONEY, &bare, OP_DEPOSIT_MONEY, &empty));
    with_zero.given = 1u << CREATE_ACCOUNT_INITIAL_BALANCE;
    assert_true(same(OP_CREATE_ACCOUNT, &without, OP_CREATE_ACCOUNT, &with_zero));
}

static void every_argument_of_a_movement_counts(void **state)
{
    const struct move_money base = {.account = ANA, .amount = {5}, .reference = TEXT("ab")};
    struct move_money others[8] = {base, base, base, base, base, base, base, base};

    (void)state;
    others[0].account = BEN;
    others[1].amount = money(6);
    others[2].currency = EUR;
    others[3].reference = TEXT("abc");
    others[4].reference = TEXT("");
    others[5].given = 1u << MOVE_MONEY_EXPECTED_VERSION;
    others[6].given = 1u << MOVE_MONEY_EXPECTED_VERSION;
    others[6].expected_version = 1;
    others[7].currency = USD;
    assert_true(same(OP_DEPOSIT_MONEY, &base, OP_DEPOSIT_MONEY, &base));
    assert_false(same(OP_DEPOSIT_MONEY, &base, OP_WITHDRAW_MONEY, &base));
    for (size_t i = 0; i < 8; i++) {
        assert_false(same(OP_DEPOSIT_MONEY, &base, OP_DEPOSIT_MONEY, &others[i]));
        for (size_t j = 0; j < i; j++)
            assert_false(same(OP_WITHDRAW_MONEY, &others[i], OP_WITHDRAW_MONEY, &others[j]));
    }
}

static void every_argument_of_a_transfer_counts(void **state)
{
    const struct transfer_money base = {.from = ANA, .to = BEN, .amount = {5}};
    struct transfer_money others[7] = {base, base, base, base, base, base, base};

    (void)state;
    others[0].from = EVA;
    others[1].to = EVA;
    others[2].amount = money(6);
    others[3].currency = EUR;
    others[4].reference = TEXT("x");
    others[5].given = 1u << TRANSFER_MONEY_EXPECTED_VERSION;
    others[6].from = BEN;
    others[6].to = ANA;
    for (size_t i = 0; i < 7; i++)
        assert_false(same(OP_TRANSFER_MONEY, &base, OP_TRANSFER_MONEY, &others[i]));
    others[0] = base;
    assert_true(same(OP_TRANSFER_MONEY, &base, OP_TRANSFER_MONEY, &others[0]));
}

static void every_argument_of_an_opening_counts(void **state)
{
    const struct create_account base = {.owner = TEXT("Ana"), .currency = EUR};
    struct create_account others[4] = {base, base, base, base};

    (void)state;
    others[0].owner = TEXT("Ana ");
    others[1].currency = USD;
    others[2].initial_balance = money(1);
    others[3].account = ANA;
    for (size_t i = 0; i < 4; i++)
        assert_false(same(OP_CREATE_ACCOUNT, &base, OP_CREATE_ACCOUNT, &others[i]));
}

/* Digests of these bytes are stored with every key: if this test fails, old keys are lost. */
static void canonical_bytes_are_frozen(void **state)
{
    static const uint8_t golden_transfer[] = {
        4,                                         /* TransferMoney */
        0x10, 0xca, 0x9a, 0x3b, 0,   0,   0, 0,    /* from 1000000016 */
        0x18, 0xca, 0x9a, 0x3b, 0,   0,   0, 0,    /* to 1000000024 */
        0x2c, 1,    0,    0,    0,   0,   0, 0,    /* 300 */
        0xd2, 3,                                   /* EUR */
        2,    0,    0,    0,    'h', 'i',          /* reference */
        1,    9,    0,    0,    0,   0,   0, 0, 0, /* expected version */
    };
    static const uint8_t golden_deposit[] = {
        2, 0x10, 0xca, 0x9a, 0x3b, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0,
        0, 0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    };
    static const uint8_t golden_opening[] = {
        1, 3, 0, 0, 0, 'A',  'n',  'a',  0xd2, 3, 7, 0, 0,
        0, 0, 0, 0, 0, 0x10, 0xca, 0x9a, 0x3b, 0, 0, 0, 0,
    };
    const struct transfer_money transfer = {.given = 1u << TRANSFER_MONEY_EXPECTED_VERSION,
                                            .from = ANA,
                                            .to = BEN,
                                            .amount = {300},
                                            .currency = EUR,
                                            .reference = TEXT("hi"),
                                            .expected_version = 9};
    const struct move_money deposit = {.account = ANA, .amount = {5}};
    const struct create_account opening = {
        .owner = TEXT("Ana"), .currency = EUR, .initial_balance = {7}, .account = ANA};
    const struct {
        enum op op;
        const void *args;
        const uint8_t *golden;
        size_t size;
    } cases[] = {
        {OP_TRANSFER_MONEY, &transfer, golden_transfer, sizeof(golden_transfer)},
        {OP_DEPOSIT_MONEY, &deposit, golden_deposit, sizeof(golden_deposit)},
        {OP_CREATE_ACCOUNT, &opening, golden_opening, sizeof(golden_opening)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bytes bytes;

        canonical_of(cases[i].op, cases[i].args, &bytes);
        assert_int_equal(bytes.size, cases[i].size);
        assert_memory_equal(bytes.data, cases[i].golden, cases[i].size);
        bytes_close(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_four_commands_have_deciders),
        cmocka_unit_test(defaults_are_the_same_as_what_they_stand_for),
        cmocka_unit_test(every_argument_of_a_movement_counts),
        cmocka_unit_test(every_argument_of_a_transfer_counts),
        cmocka_unit_test(every_argument_of_an_opening_counts),
        cmocka_unit_test(canonical_bytes_are_frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
