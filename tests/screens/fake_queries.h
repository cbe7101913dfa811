/* The rest of what the bank in memory answers: balances as of a time, the series of days, filters
 * of the history, PINs, webhooks. Part of fake_bank.h. */
#pragma once

static bool bank_event_matches(const struct history_query *args, const struct history_event *seen)
{
    uint64_t amount = (uint64_t)llabs(seen->seen_change.minor);
    char other[ACCOUNT_TEXT_MAX] = "";
    if (seen->counterparty != 0) {
        (void)account_print(seen->counterparty, other);
    }
    bool text = args->text.size == 0 ||
                (seen->event.reference.size > 0 &&
                 memmem(seen->event.reference.data, seen->event.reference.size, args->text.data,
                        args->text.size) != NULL) ||
                memmem(other, strlen(other), args->text.data, args->text.size) != NULL;
    return text && (!ARG_GIVEN(args, HISTORY_FROM) || seen->event.at >= args->from) &&
           (!ARG_GIVEN(args, HISTORY_TO) || seen->event.at < args->to) &&
           (!ARG_GIVEN(args, HISTORY_MIN) || amount >= args->min) &&
           (!ARG_GIVEN(args, HISTORY_MAX) || amount <= args->max) &&
           (args->types == 0 || (args->types >> seen->event.type & 1u) != 0);
}

/* The balance and version an account had then; false: it was not open. */
static bool bank_balance_at(struct bank *bank, uint64_t account, int64_t at,
                            struct balance_result *out)
{
    *out = (struct balance_result){.account = account, .as_of = at};
    for (size_t i = 0; i < bank->event_count; i++) {
        struct history_event seen;
        if (bank->events[i].event.at > at || !bank_seen(&bank->events[i], account, &seen)) {
            continue;
        }
        out->balance = seen.seen_balance;
        out->position = seen.event.position;
        out->version++;
    }
    return out->version > 0;
}

static void bank_balance(struct bank *bank, const struct wire_request *request, struct bytes *out)
{
    const struct balance_query *args = request->args;
    struct balance_result result;
    int64_t at = ARG_GIVEN(args, BALANCE_AT) ? args->at : bank->now_us;
    if (!bank_balance_at(bank, args->account, at, &result)) {
        bank_problem(request, STATUS_account_not_found, out);
        return;
    }
    result.currency = bank_find(bank, args->account)->result.currency;
    wire_encode_result(out, request->id, false,
                       (struct any){.shape = &balance_result_shape, .value = &result});
}

static void bank_series(struct bank *bank, const struct wire_request *request, struct arena *arena,
                        struct bytes *out)
{
    const struct series_query *args = request->args;
    struct series_day *days = arena_zero(arena, 400, sizeof *days);
    struct series_result result = {.account = args->account, .days = {.items = days}};
    CHECK(args->to - args->from < 400 && bank_find(bank, args->account) != NULL);
    for (int32_t day = args->from; day <= args->to; day++) {
        struct balance_result balance;
        if (bank_balance_at(bank, args->account, day_start(day) + TIME_DAY - 1, &balance)) {
            days[result.days.count++] = (struct series_day){.day = day, .balance = balance.balance};
        }
    }
    result.currency = bank_find(bank, args->account)->result.currency;
    wire_encode_result(out, request->id, false,
                       (struct any){.shape = &series_result_shape, .value = &result});
}

static void bank_set_pin(struct bank *bank, const struct wire_request *request, struct bytes *out)
{
    const struct account_pin *args = request->args;
    (void)snprintf(bank->pin, sizeof bank->pin, "%.*s", TEXT_ARGS(args->pin));
    wire_encode_result(out, request->id, false, (struct any){0});
}

static void bank_webhooks(struct bank *bank, const struct wire_request *request, struct bytes *out)
{
    struct webhook_result hooks[] = {
        {.id = TEXT("wh_1"),
         .url = TEXT("https://shop.example/hooks"),
         .types = 1u << EVENT_BALANCE_UPDATED,
         .enabled = true,
         .state = WEBHOOK_FAILING,
         .created_at = bank->now_us - TIME_DAY,
         .position = 12,
         .waiting = 2,
         .dead = bank->dead_deliveries,
         .failing_since = bank->now_us - TIME_SECOND * 600,
         .last_attempt_at = bank->now_us - TIME_SECOND * 60,
         .last_status = 500},
        {.id = TEXT("wh_2"),
         .url = TEXT("https://quiet.example/a/rather/long/path/that/goes/on/and/on"),
         .types = 1u << EVENT_BALANCE_UPDATED | 1u << EVENT_MONEY_DEPOSITED,
         .enabled = false,
         .state = WEBHOOK_DISABLED,
         .disabled_reason = TEXT("gone"),
         .created_at = bank->now_us - TIME_DAY}};
    struct list_result list = {.data = {.items = hooks, .count = 2}};
    wire_encode_result(out, request->id, false,
                       (struct any){.shape = &webhook_list_shape, .value = &list});
}

static void bank_deliveries(struct bank *bank, const struct wire_request *request,
                            struct bytes *out)
{
    const struct list_deliveries *args = request->args;
    struct delivery_attempt attempts[] = {
        {.at = bank->now_us - TIME_SECOND * 65, .error = TEXT("connect_failed"), .duration_ms = 12},
        {.at = bank->now_us - TIME_SECOND * 60,
         .status = 500,
         .duration_ms = 40,
         .answer = TEXT("out of cheese\033[31m")}};
    struct delivery_result all[] = {
        {.id = TEXT("msg_b"),
         .position = 11,
         .type = EVENT_BALANCE_UPDATED,
         .state = DELIVERY_WAITING,
         .next_attempt_at = bank->now_us + TIME_SECOND * 300,
         .status = 500,
         .attempts = {.items = attempts, .count = 2}},
        {.id = TEXT("msg_a"),
         .position = 9,
         .type = EVENT_BALANCE_UPDATED,
         .state = bank->dead_deliveries > 0 ? DELIVERY_DEAD : DELIVERY_DELIVERED,
         .status = bank->dead_deliveries > 0 ? 500 : 200,
         .attempts = {.items = attempts, .count = 2}}};
    struct delivery_result some[2];
    struct list_result list = {.data = {.items = some}};
    for (size_t i = 0; i < 2; i++) {
        if (!ARG_GIVEN(args, LIST_DELIVERIES_STATE) || all[i].state == args->state) {
            some[list.data.count++] = all[i];
        }
    }
    wire_encode_result(out, request->id, false,
                       (struct any){.shape = &delivery_list_shape, .value = &list});
}

static bool bank_query_webhooks(struct bank *bank, const struct wire_request *request,
                                struct bytes *out)
{
    switch (request->message->op) {
    case OP_LIST_WEBHOOKS:
        bank_webhooks(bank, request, out);
        return true;
    case OP_LIST_DELIVERIES:
        bank_deliveries(bank, request, out);
        return true;
    case OP_RETRY_DELIVERY: {
        struct retried_result retried = {.retried = bank->dead_deliveries};
        bank->dead_deliveries = 0;
        wire_encode_result(out, request->id, false,
                           (struct any){.shape = &retried_result_shape, .value = &retried});
        return true;
    }
    case OP_TEST_WEBHOOK: {
        struct webhook_test_result result = {
            .id = TEXT("wh_1"), .state = DELIVERY_DEAD, .status = 500};
        wire_encode_result(out, request->id, false,
                           (struct any){.shape = &webhook_test_shape, .value = &result});
        return true;
    }
    default:
        return false;
    }
}

static bool bank_query_more(struct bank *bank, const struct wire_request *request,
                            struct arena *arena, struct bytes *out)
{
    switch (request->message->op) {
    case OP_GET_BALANCE:
        bank_balance(bank, request, out);
        return true;
    case OP_GET_BALANCE_SERIES:
        bank_series(bank, request, arena, out);
        return true;
    case OP_SET_PIN:
        bank_set_pin(bank, request, out);
        return true;
    default:
        return bank->admin && bank_query_webhooks(bank, request, out);
    }
}
