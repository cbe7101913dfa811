/* Random commands against a ledger that knows nothing of the decisions: after each of them the
 * bank's promises hold. The seed is fixed: a failure can be run again. */
#include "domain/scenario.h"

#define CUSTOMERS 6
#define STEPS 40000

static uint64_t seed;

static uint64_t dice(uint64_t sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % sides;
}

/* The ledger: balances and versions as the contract's sentences give them. */
static struct {
    bool open;
    uint16_t currency;
    __int128 balance;
    uint64_t version;
} ledger[CUSTOMERS];
static __int128 put_in, taken_out;

static uint64_t number_of(size_t customer)
{
    return account_from_sequence((uint32_t)(100000001 + customer));
}

/* Small and huge amounts, and those around what is there. */
static int64_t some_amount(size_t customer)
{
    int64_t balance = (int64_t)ledger[customer].balance;

    switch (dice(6)) {
    case 0:
        return MONEY_MAX - (int64_t)dice(3);
    case 1:
        return balance > 0 ? balance : 1;
    case 2:
        return balance < MONEY_MAX ? balance + 1 : 1;
    case 3:
        return balance < MONEY_MAX ? MONEY_MAX - balance : 1;
    default:
        return 1 + (int64_t)dice(1000);
    }
}

static void try_opening(size_t customer)
{
    int64_t initial = dice(2) ? (int64_t)dice(5000) : 0;

    when_created(.owner = TEXT("Somebody"), .currency = dice(4) ? EUR : JPY,
                 .initial_balance = {initial}, .account = number_of(customer));
    assert_int_equal(scenario.status, ledger[customer].open ? STATUS_account_exists : STATUS_ok);
    if (scenario.status != STATUS_ok)
        return;
    ledger[customer].open = true;
    ledger[customer].currency = scenario.record.currency;
    ledger[customer].balance = initial;
    ledger[customer].version = initial == 0 ? 1 : 2;
    put_in += initial;
    happened(&scenario.record);
}

static void try_movement(size_t customer, bool in)
{
    int64_t amount = some_amount(customer);
    uint64_t expected = dice(3) == 0 ? ledger[customer].version + dice(2) : 0;
    __int128 after = ledger[customer].balance + (in ? amount : -amount);
    enum status wanted = STATUS_ok;

    if (!ledger[customer].open)
        wanted = STATUS_account_not_found;
    else if (expected != 0 && expected != ledger[customer].version)
        wanted = STATUS_version_conflict;
    else if (after < 0)
        wanted = STATUS_insufficient_funds;
    else if (after > MONEY_MAX)
        wanted = STATUS_balance_limit_exceeded;
    if (in)
        when_deposited(number_of(customer), amount, .expected_version = expected);
    else
        when_withdrawn(number_of(customer), amount, .expected_version = expected);
    assert_string_equal(status_row(scenario.status)->code, status_row(wanted)->code);
    if (wanted != STATUS_ok)
        return;
    ledger[customer].balance = after;
    ledger[customer].version += 2;
    *(in ? &put_in : &taken_out) += amount;
    happened(&scenario.record);
}

static void try_transfer(size_t from, size_t to)
{
    int64_t amount = some_amount(dice(2) ? from : to);
    enum status wanted = STATUS_ok;

    if (from == to)
        wanted = STATUS_same_account;
    else if (!ledger[from].open || !ledger[to].open)
        wanted = STATUS_account_not_found;
    else if (ledger[from].currency != ledger[to].currency)
        wanted = STATUS_currency_mismatch;
    else if (ledger[from].balance < amount)
        wanted = STATUS_insufficient_funds;
    else if (ledger[to].balance + amount > MONEY_MAX)
        wanted = STATUS_balance_limit_exceeded;
    when_transferred(number_of(from), number_of(to), amount);
    assert_string_equal(status_row(scenario.status)->code, status_row(wanted)->code);
    if (wanted != STATUS_ok)
        return;
    ledger[from].balance -= amount;
    ledger[to].balance += amount;
    ledger[from].version += 2;
    ledger[to].version += 2;
    happened(&scenario.record);
}

static void assert_promises(void)
{
    __int128 sum = 0;

    for (size_t i = 0; i < CUSTOMERS; i++) {
        const struct account_state *account = account_named(number_of(i));

        assert_int_equal(account != NULL, ledger[i].open);
        if (account == NULL)
            continue;
        assert_true(money_is_balance(account->balance));
        assert_true(account->balance.minor == ledger[i].balance);
        assert_true(account->credits - account->debits == account->balance.minor);
        assert_int_equal(account->version, ledger[i].version);
        sum += account->balance.minor;
    }
    assert_true(sum == put_in - taken_out);
}

/* The events of each record take the next versions of their accounts and the next positions. */
static void assert_gapless(uint64_t position, const uint64_t versions[CUSTOMERS])
{
    struct event events[EVENTS_PER_RECORD_MAX];
    unsigned count = record_events(&scenario.record, events);
    uint64_t next[CUSTOMERS];

    memcpy(next, versions, sizeof(next));
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(events[i].position, ++position);
        for (size_t customer = 0; customer < CUSTOMERS; customer++) {
            uint64_t number = number_of(customer);

            if (events[i].account == number)
                assert_int_equal(events[i].version, ++next[customer]);
            if (events[i].from == number)
                assert_int_equal(events[i].from_version, ++next[customer]);
            if (events[i].to == number)
                assert_int_equal(events[i].to_version, ++next[customer]);
        }
    }
    assert_int_equal(position, scenario.position);
    for (size_t customer = 0; customer < CUSTOMERS; customer++)
        assert_int_equal(next[customer], ledger[customer].version);
}

static void random_work_keeps_every_promise(void **state)
{
    (void)state;
    seed = UINT64_C(88172645463325252);
    given_nothing();
    for (unsigned step = 0; step < STEPS; step++) {
        uint64_t position = scenario.position, versions[CUSTOMERS];
        size_t one = (size_t)dice(CUSTOMERS), other = (size_t)dice(CUSTOMERS);

        for (size_t i = 0; i < CUSTOMERS; i++)
            versions[i] = ledger[i].version;
        switch (dice(8)) {
        case 0:
            try_opening(one);
            break;
        case 1:
        case 2:
            try_movement(one, true);
            break;
        case 3:
        case 4:
            try_movement(one, false);
            break;
        default:
            try_transfer(one, other);
        }
        assert_gapless(position, versions);
        assert_promises();
    }
    assert_true(scenario.number > STEPS / 8); /* much of it was accepted */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_work_keeps_every_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
