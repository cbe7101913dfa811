#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "webhooks/outbox_sql.h"
#include "webhooks/receivers.h"

static void fails_seven_times(struct post *post, struct post_sent *sent)
{
    if (post->count <= 7)
        sent->answer.status = 500;
    (void)sent;
}

/* ---- what is sent */

static void an_event_is_sent_once_with_its_own_balance(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    const struct webhook_result *hook = post_create(post, "https://a.example/", BALANCE);
    post_deposit(post, 0, 500);
    post_deposit(post, 0, 700);
    post_transfer(post, 0, 1, 200);
    post_turn(post);
    assert_int_equal(post->count, 4);
    assert_int_equal(number_of(&post->sent[0], "\"balance\":"), 1000500);
    assert_int_equal(number_of(&post->sent[1], "\"balance\":"), 1001200);
    /* The other account does not wait for the first one's. */
    assert_int_equal(number_of(&post->sent[2], "\"balance\":"), 1000200);
    assert_int_equal(number_of(&post->sent[3], "\"balance\":"), 1001000);
    assert_int_equal(number_of(&post->sent[3], "\"change\":"), -200);
    assert_string_equal(
        post->sent[0].body,
        "{\"type\":\"BalanceUpdated\",\"timestamp\":\"2026-01-01T00:00:00.000008Z\",\"data\":{"
        "\"account\":\"1000000016\",\"owner\":\"Zo\xc3\xab \\\"Z\\\" Gonz\xc3\xa1lez\","
        "\"currency\":\"EUR\",\"balance\":1000500,\"change\":500,\"version\":4,\"position\":18,"
        "\"cause\":{\"type\":\"MoneyDeposited\",\"position\":17,\"amount\":500,"
        "\"reference\":\"cash\",\"counterparty\":null}}}");
    assert_non_null(strstr(post->sent[2].body, "\"counterparty\":\"1000000016\""));
    assert_non_null(strstr(post->sent[3].body, "\"counterparty\":\"1000000024\""));
    hook = post_get(post, hook->id);
    assert_int_equal(hook->position, post->position);
    assert_int_equal(hook->state, WEBHOOK_ACTIVE);
    assert_int_equal(hook->last_status, 200);
    post_free(post);
}

static void other_types_carry_the_event(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    (void)post_create(post, "https://a.example/", ALL_TYPES);
    post_transfer(post, 0, 1, 200);
    post_turn(post);
    assert_int_equal(post->count, 3);
    assert_string_equal(
        post->sent[0].body,
        "{\"type\":\"MoneyTransferred\",\"timestamp\":\"2026-01-01T00:00:00.000008Z\",\"data\":{"
        "\"position\":17,\"type\":\"MoneyTransferred\",\"at\":\"2026-01-01T00:00:00.000008Z\","
        "\"actor\":\"ana\",\"channel\":\"rest\",\"from\":\"1000000016\",\"from_version\":3,"
        "\"to\":\"1000000024\",\"to_version\":3,\"amount\":200,\"currency\":\"EUR\","
        "\"reference\":\"rent\"}}");
    post_free(post);
}

static void types_and_accounts_choose_what_is_sent(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    uint64_t wanted[] = {post->accounts[2].number, post->accounts[1].number};
    struct create_webhook args = {.given = 7,
                                  .url = TEXT("https://a.example/"),
                                  .types = BALANCE | 1u << EVENT_MONEY_TRANSFERRED,
                                  .accounts = {wanted, 2}};
    assert_non_null(post_ask(post, OP_CREATE_WEBHOOK, &args));
    post_deposit(post, 0, 1);
    post_deposit(post, 1, 1); /* one */
    post_transfer(post, 3, 4, 1);
    post_transfer(post, 0, 2, 1); /* the transfer, and the balance of one side */
    post_turn(post);
    assert_int_equal(post->count, 3);
    post_free(post);
}

static void a_new_endpoint_starts_at_the_head(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    post_deposit(post, 0, 1);
    const struct webhook_result *hook = post_create(post, "https://a.example/", ALL_TYPES);
    assert_int_equal(hook->position, post->position);
    post_turn(post);
    assert_int_equal(post->count, 0);
    post_free(post);
}

static void ids_differ_by_endpoint_and_by_journal(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    char first[PAYLOAD_ID_MAX], second[PAYLOAD_ID_MAX];
    uint8_t one[JOURNAL_HASH_SIZE] = {1}, other[JOURNAL_HASH_SIZE] = {2};
    payload_id(TEXT("wh_a"), one, 0, first);
    payload_id(TEXT("wh_a"), one, 0, second);
    assert_string_equal(first, second);
    payload_id(TEXT("wh_b"), one, 0, second);
    assert_string_not_equal(first, second);
    payload_id(TEXT("wh_a"), one, 1, second);
    assert_string_not_equal(first, second);
    payload_id(TEXT("wh_a"), other, 0, second);
    assert_string_not_equal(first, second);
    post_free(post);
}

/* ---- the schedule */

static void seven_failures_and_a_success_keep_the_pauses_and_the_order(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    (void)post_create(post, "https://a.example/", BALANCE);
    post->receiver = fails_seven_times;
    post_deposit(post, 0, 1);
    post_deposit(post, 0, 2);
    post_run(post, 60 * HOUR);
    assert_int_equal(post->count, 9);
    for (unsigned i = 1; i < 8; i++) {
        int64_t pause = post->sent[i].at - post->sent[i - 1].at;
        int64_t planned = post->schedule.pauses_us[i];
        assert_in_range(pause, planned, planned + planned / 10);
        assert_string_equal(post->sent[i].id, post->sent[0].id);
        assert_string_equal(post->sent[i].body, post->sent[0].body);
        assert_string_not_equal(post->sent[i].signature, post->sent[i - 1].signature);
        assert_int_equal(post->sent[i].timestamp, post->sent[i].at / SECOND);
    }
    assert_string_not_equal(post->sent[8].id, post->sent[0].id);
    assert_int_equal(number_of(&post->sent[8], "\"balance\":"), 1000003);
    assert_int_equal(post->sent[8].at, post->sent[7].at);
    post_free(post);
}

static void after_the_last_attempt_a_delivery_is_dead_until_it_is_asked_for(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    post->receiver = fails_with_500;
    post_deposit(post, 0, 1);
    post_run(post, 4 * 24 * HOUR);
    assert_int_equal(post->count, 10);
    const struct list_result *dead = post_deliveries(post, hook, DELIVERY_DEAD);
    assert_int_equal(dead->data.count, 1);
    const struct delivery_result *one = dead->data.items;
    assert_int_equal(one->attempts.count, 10);
    assert_int_equal(one->status, 500);
    assert_int_equal(post_get(post, hook)->dead, 1);
    assert_int_equal(post_get(post, hook)->state, WEBHOOK_FAILING);
    /* It stays so over a kill. */
    post_kill(post);
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    post_run(post, 24 * HOUR);
    assert_int_equal(post->count, 10);
    post->receiver = NULL;
    struct retry_delivery retry = {.given = 3, .id = hook, .delivery = TEXT("dead")};
    const struct retried_result *retried = post_ask(post, OP_RETRY_DELIVERY, &retry);
    assert_int_equal(retried->retried, 1);
    post_turn(post);
    assert_int_equal(post->count, 11);
    assert_string_equal(post->sent[10].id, post->sent[0].id);
    assert_string_equal(post->sent[10].body, post->sent[0].body);
    assert_int_equal(post_deliveries(post, hook, DELIVERY_DEAD)->data.count, 0);
    one = post_deliveries(post, hook, DELIVERY_DELIVERED)->data.items;
    assert_int_equal(one->attempts.count, 11);
    assert_int_equal(post_get(post, hook)->state, WEBHOOK_ACTIVE);
    /* One of them, by its id. */
    retry.delivery = one->id;
    assert_non_null(post_ask(post, OP_RETRY_DELIVERY, &retry));
    post_turn(post);
    assert_int_equal(post->count, 12);
    retry.delivery = TEXT("msg_0");
    assert_null(post_ask(post, OP_RETRY_DELIVERY, &retry));
    assert_int_equal(post->problem.status, STATUS_not_found);
    post_free(post);
}

static void asks_for_an_hour(struct post *post, struct post_sent *sent)
{
    sent->answer.status = post->count == 1 ? 429 : 200;
    sent->answer.retry_after_s = 3600;
}

static void retry_after_is_waited_for(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    (void)post_create(post, "https://a.example/", BALANCE);
    post->receiver = asks_for_an_hour;
    post_deposit(post, 0, 1);
    post_run(post, 3 * HOUR);
    assert_int_equal(post->count, 2);
    assert_int_equal(post->sent[1].at - post->sent[0].at, HOUR);
    post_free(post);
}

static void is_gone(struct post *post, struct post_sent *sent)
{
    (void)post;
    sent->answer.status = 410;
}

static void an_endpoint_that_is_gone_is_switched_off_and_forgets_nothing(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    post->receiver = is_gone;
    post_deposit(post, 0, 1);
    post_deposit(post, 1, 1);
    post_run(post, HOUR);
    assert_int_equal(post->count, 1);
    const struct webhook_result *off = post_get(post, hook);
    assert_int_equal(off->state, WEBHOOK_DISABLED);
    assert_true(text_is(off->disabled_reason, "gone"));
    post_deposit(post, 2, 1);
    post_kill(post);
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    post->receiver = NULL;
    post_run(post, HOUR);
    assert_int_equal(post->count, 1);
    struct update_webhook on = {
        .given = 1 | 1u << UPDATE_WEBHOOK_ENABLED, .id = hook, .enabled = true};
    assert_non_null(post_ask(post, OP_UPDATE_WEBHOOK, &on));
    post_run(post, HOUR);
    assert_int_equal(post->count, 4);
    post_free(post);
}

static void five_days_of_failures_switch_an_endpoint_off(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    post->receiver = fails_with_500;
    for (int day = 0; day < 5; day++) {
        post_deposit(post, (unsigned)day, 1);
        assert_int_equal(post_get(post, hook)->enabled, true);
        post_run(post, 24 * HOUR);
    }
    post_deposit(post, 6, 1);
    post_run(post, 24 * HOUR);
    const struct webhook_result *off = post_get(post, hook);
    assert_false(off->enabled);
    assert_true(text_is(off->disabled_reason, "failing"));
    assert_int_equal(off->failing_since, START);
    post_free(post);
}

static void owners_that_are_not_projected_yet_are_waited_for(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    (void)post_create(post, "https://a.example/", BALANCE);
    post->owners_are_late = true;
    post_deposit(post, 0, 1);
    post_run(post, SECOND / 10);
    assert_int_equal(post->count, 0);
    post->owners_are_late = false;
    post_run(post, SECOND / 10);
    assert_int_equal(post->count, 1);
    post_free(post);
}

/* ---- a disk that says no */

static void limit_pages(struct post *post, long long pages)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld", pages);
    assert_int_equal(sqlite3_exec(post->courier->outbox->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void a_full_disk_delays_and_loses_nothing(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    limit_pages(post, 1); /* it stays as large as it is */
    for (int i = 1; i <= 200; i++)
        post_deposit(post, 0, i);
    courier_news(post->courier);
    for (int i = 0; i < 5000 && !post->courier->broken; i++) {
        (void)courier_step(post->courier);
        post->now += 1000;
    }
    assert_true(post->courier->broken);
    struct webhook_id id = {.given = 1, .id = hook};
    assert_null(post_ask(post, OP_ROTATE_WEBHOOK, &id));
    assert_int_equal(post->problem.status, STATUS_unavailable);
    limit_pages(post, 1000000);
    post_run(post, 10 * SECOND);
    assert_false(post->courier->broken);
    assert_int_equal(post_get(post, hook)->position, post->position);
    long long last = 0;
    for (size_t i = 0; i < post->count; i++) {
        long long change = number_of(&post->sent[i], "\"change\":");
        assert_true(change <= last + 1); /* a repeat, or the next one */
        last = change > last ? change : last;
    }
    assert_int_equal(last, 200);
    post_free(post);
}

/* ---- operations */

static void rotation_signs_with_both_secrets_for_a_day(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    const struct webhook_result *made = post_create(post, "https://a.example/", BALANCE);
    struct webhook_id id = {.given = 1, .id = made->id};
    struct signature_secret old, new;
    assert_true(signature_secret_parse(made->secret, &old));
    const struct webhook_result *rotated = post_ask(post, OP_ROTATE_WEBHOOK, &id);
    assert_true(signature_secret_parse(rotated->secret, &new));
    assert_memory_not_equal(old.bytes, new.bytes, old.size);
    const struct signature_secret both[2] = {new, old};
    char expected[SIGNATURE_TEXT_MAX];
    for (unsigned count = 2; count > 0; count--) {
        post_deposit(post, 0, 1);
        post_turn(post);
        const struct post_sent *sent = &post->sent[post->count - 1];
        signature_write(both, count, sent->id, sent->timestamp, text_of(sent->body), expected);
        assert_string_equal(sent->signature, expected);
        post->now += 24 * HOUR;
        post_kill(post);
        assert_int_equal(post_open(post), COURIER_OPEN_OK);
        assert_true(post_get(post, id.id)->secret.data == NULL);
    }
    post_free(post);
}

static void a_replay_sends_again_all_after_a_position(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    for (int i = 0; i < 5; i++)
        post_deposit(post, 0, 1);
    uint64_t middle = post->position;
    for (int i = 0; i < 5; i++)
        post_deposit(post, 0, 1);
    post_turn(post);
    assert_int_equal(post->count, 10);
    struct replay_webhook args = {.given = 3, .id = hook, .after = middle};
    assert_non_null(post_ask(post, OP_REPLAY_WEBHOOK, &args));
    post_kill(post); /* before any of it is sent */
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    post_turn(post);
    assert_int_equal(post->count, 15);
    for (int i = 0; i < 5; i++)
        assert_string_equal(post->sent[10 + i].id, post->sent[5 + i].id);
    args.after = post->position + 1;
    assert_null(post_ask(post, OP_REPLAY_WEBHOOK, &args));
    assert_int_equal(post->problem.status, STATUS_malformed_request);
    post_free(post);
}

static void a_replay_forgets_nothing_that_waits(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct text hook = post_create(post, "https://dead.example/", BALANCE)->id;
    post->receiver = hangs_on_dead;
    for (int i = 0; i < 700; i++)
        post_deposit(post, (unsigned)i % POST_ACCOUNTS, 1);
    post_turn(post);
    struct replay_webhook args = {.given = 3, .id = hook, .after = post->position};
    assert_non_null(post_ask(post, OP_REPLAY_WEBHOOK, &args));
    post->receiver = NULL;
    post_run(post, HOUR);
    size_t good = 0;
    for (size_t i = 0; i < post->count; i++)
        good += post->sent[i].ended && post->sent[i].answer.status == 200;
    assert_int_equal(good, 700);
    post_free(post);
}

static void a_test_is_made_at_once_and_tells_how_it_went(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    struct webhook_id id = {.given = 1, .id = hook};
    const struct webhook_test_result *result = post_ask(post, OP_TEST_WEBHOOK, &id);
    assert_int_equal(result->state, DELIVERY_DELIVERED);
    assert_int_equal(result->status, 200);
    assert_non_null(strstr(post->sent[0].body, "\"type\":\"WebhookTest\""));
    post->receiver = fails_with_500;
    result = post_ask(post, OP_TEST_WEBHOOK, &id);
    assert_int_equal(result->state, DELIVERY_DEAD);
    assert_int_equal(result->status, 500);
    assert_int_equal(post_deliveries(post, hook, -1)->data.count, 0);
    post_free(post);
}

static void lists_come_in_pages(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    struct text first = post_create(post, "https://a.example/", BALANCE)->id;
    (void)post_create(post, "https://b.example/", BALANCE);
    struct list_webhooks page = {.given = 1, .limit = 1};
    const struct list_result *hooks = post_ask(post, OP_LIST_WEBHOOKS, &page);
    assert_int_equal(hooks->data.count, 1);
    assert_true(hooks->has_more);
    page.given = 3;
    page.after = first;
    hooks = post_ask(post, OP_LIST_WEBHOOKS, &page);
    assert_int_equal(hooks->data.count, 1);
    assert_false(hooks->has_more);
    for (int i = 0; i < 30; i++)
        post_deposit(post, 0, 1);
    post_turn(post);
    struct list_deliveries args = {
        .given = 1 | 1u << LIST_DELIVERIES_LIMIT, .id = first, .limit = 7};
    uint64_t last = UINT64_MAX, seen = 0;
    for (;;) {
        const struct list_result *rows = post_ask(post, OP_LIST_DELIVERIES, &args);
        for (size_t i = 0; i < rows->data.count; i++) {
            const struct delivery_result *row =
                (const struct delivery_result *)rows->data.items + i;
            assert_true(row->position < last);
            assert_int_equal(row->state, DELIVERY_DELIVERED);
            assert_int_equal(row->attempts.count, 1);
            last = row->position;
            seen++;
        }
        if (!rows->has_more)
            break;
        assert_non_null(rows->next.data);
        args.given |= 1u << LIST_DELIVERIES_BEFORE;
        args.before = last;
    }
    assert_int_equal(seen, 30);
    post_free(post);
}

static void the_log_of_deliveries_is_bounded(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    for (int i = 0; i < 3000; i++) {
        post_deposit(post, 0, 1);
        if (i % 100 == 99)
            post_run(post, SECOND);
    }
    post_run(post, SECOND);
    assert_int_equal(post->count, 3000);
    const struct endpoint *endpoint = post->courier->endpoints[0];
    struct outbox_counts counts;
    assert_true(outbox_counts(post->courier->outbox, endpoint->row.number, &counts));
    assert_in_range(counts.delivered, COURIER_DELIVERED_MAX, COURIER_DELIVERED_MAX * 5 / 4);
    assert_int_equal(counts.delivered, endpoint->delivered_rows);
    assert_int_equal(post_get(post, hook)->position, post->position);
    post_free(post);
}

static void a_deleted_endpoint_is_gone_for_good(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct text hook = post_create(post, "https://dead.example/", BALANCE)->id;
    post->receiver = hangs_on_dead;
    post_deposit(post, 0, 1);
    post_turn(post);
    struct webhook_id id = {.given = 1, .id = hook};
    (void)post_ask(post, OP_DELETE_WEBHOOK, &id);
    assert_int_equal(post->problem.status, STATUS_ok);
    post_run(post, HOUR);
    assert_int_equal(post->count, 1);
    (void)post_ask(post, OP_GET_WEBHOOK, &id);
    assert_int_equal(post->problem.status, STATUS_not_found);
    post_free(post);
}

static void requests_that_are_wrong_are_refused(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    struct create_webhook args = {.given = 1, .url = TEXT("http://127.0.0.1/")};
    assert_null(post_ask(post, OP_CREATE_WEBHOOK, &args));
    assert_int_equal(post->problem.status, STATUS_invalid_url);
    args = (struct create_webhook){.given = 1 | 1u << CREATE_WEBHOOK_SECRET,
                                   .url = TEXT("https://a.example/"),
                                   .secret = TEXT("whsec_short")};
    assert_null(post_ask(post, OP_CREATE_WEBHOOK, &args));
    assert_int_equal(post->problem.status, STATUS_malformed_request);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    struct update_webhook update = {.given = 3, .id = hook, .url = TEXT("http://[::1]/")};
    assert_null(post_ask(post, OP_UPDATE_WEBHOOK, &update));
    assert_int_equal(post->problem.status, STATUS_invalid_url);
    assert_true(text_is(post_get(post, hook)->url, "https://a.example/"));
    for (int i = 1; i < COURIER_ENDPOINTS_MAX; i++)
        (void)post_create(post, "https://a.example/", BALANCE);
    args = (struct create_webhook){.given = 1, .url = TEXT("https://a.example/")};
    assert_null(post_ask(post, OP_CREATE_WEBHOOK, &args));
    assert_int_equal(post->problem.status, STATUS_unavailable);
    post_free(post);
}

static void the_lasting_endpoint_is_one_over_restarts(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct signature_secret secret = {.size = 32}, found;
    assert_false(courier_lasting_secret(post->courier, &found));
    assert_true(courier_set_lasting(post->courier, "https://a.example/", &secret));
    post_deposit(post, 0, 1);
    post_turn(post);
    assert_int_equal(post->count, 2);
    courier_close(&post->courier);
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    assert_true(courier_set_lasting(post->courier, NULL, NULL));
    post_deposit(post, 0, 1);
    post_turn(post);
    assert_int_equal(post->count, 2);
    courier_close(&post->courier);
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    assert_true(courier_set_lasting(post->courier, "https://b.example/", &secret));
    post_turn(post);
    assert_int_equal(post->count, 4);
    assert_string_equal(post->sent[3].url, "https://b.example/");
    assert_true(courier_lasting_secret(post->courier, &found));
    assert_memory_equal(&found, &secret, sizeof found);
    assert_int_equal(post->courier->count, 1);
    post_free(post);
}

static void keep_secret(void *context, const struct signature_secret *secret)
{
    *(struct signature_secret *)context = *secret;
}

static void what_was_asked_of_the_lasting_endpoint_outlives_a_start(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct signature_secret first = {.size = 32}, kept = {0}, now;
    post->courier->config.rotated = keep_secret;
    post->courier->config.rotated_context = &kept;
    assert_true(courier_set_lasting(post->courier, "https://a.example/", &first));
    struct webhook_id id = {.given = 1, .id = text_of(post->courier->endpoints[0]->row.id)};
    assert_non_null(post_ask(post, OP_ROTATE_WEBHOOK, &id));
    assert_true(courier_lasting_secret(post->courier, &now));
    assert_memory_equal(&kept, &now, sizeof now);
    assert_true(courier_lasting_replaced(post->courier, &first));
    assert_false(courier_lasting_replaced(post->courier, &now));
    struct update_webhook off = {
        .given = 1 | 1u << UPDATE_WEBHOOK_ENABLED, .id = id.id, .enabled = false};
    assert_non_null(post_ask(post, OP_UPDATE_WEBHOOK, &off));
    /* Off by request, over starts with the option, without it, and with it again. */
    for (int i = 0; i < 3; i++) {
        courier_close(&post->courier);
        assert_int_equal(post_open(post), COURIER_OPEN_OK);
        assert_true(courier_lasting_replaced(post->courier, &first));
        assert_true(courier_set_lasting(post->courier, i == 1 ? NULL : "https://a.example/", &now));
        assert_false(post->courier->endpoints[0]->row.enabled);
    }
    off.id = text_of(post->courier->endpoints[0]->row.id);
    off.enabled = true;
    assert_non_null(post_ask(post, OP_UPDATE_WEBHOOK, &off));
    /* Gone: the same. */
    post->receiver = is_gone;
    post_deposit(post, 0, 1);
    post_turn(post);
    assert_int_equal(post->count, 1);
    courier_close(&post->courier);
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    assert_true(courier_set_lasting(post->courier, "https://a.example/", &now));
    assert_false(post->courier->endpoints[0]->row.enabled);
    assert_int_equal(post->courier->endpoints[0]->row.reason, OUTBOX_REASON_GONE);
    post_free(post);
}

/* ---- files that do not fit */

static void an_outbox_of_another_journal_stops_the_start(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    (void)post_create(post, "https://a.example/", BALANCE);
    post_deposit(post, 0, 1);
    post_turn(post);
    courier_close(&post->courier);
    /* The same journal, restored from before the last record. */
    struct journal *newer = post->journal;
    post->journal = journal_open_memory();
    post->position = 0;
    post->at = 0;
    memset(post->accounts, 0, sizeof post->accounts);
    post_open_accounts(post);
    assert_int_equal(post_open(post), COURIER_OPEN_FOREIGN);
    /* And gone another way from there. */
    post_deposit(post, 0, 2);
    post_deposit(post, 0, 2);
    assert_int_equal(post_open(post), COURIER_OPEN_FOREIGN);
    journal_close(&post->journal);
    post->journal = newer;
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    post_free(post);
}

static void an_outbox_of_a_newer_format_stops_the_start(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    assert_int_equal(
        sqlite3_exec(post->courier->outbox->db, "PRAGMA user_version = 2", NULL, NULL, NULL),
        SQLITE_OK);
    courier_close(&post->courier);
    assert_int_equal(post_open(post), COURIER_OPEN_NEWER);
    assert_null(post->courier);
    post_free(post);
}

static void a_file_that_is_no_outbox_is_left_alone(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    courier_close(&post->courier);
    FILE *file = fopen(post->path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("This is a letter to my aunt.\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(post_open(post), COURIER_OPEN_FAILED);
    post_free(post);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_sent_once_with_its_own_balance),
        cmocka_unit_test(other_types_carry_the_event),
        cmocka_unit_test(types_and_accounts_choose_what_is_sent),
        cmocka_unit_test(a_new_endpoint_starts_at_the_head),
        cmocka_unit_test(ids_differ_by_endpoint_and_by_journal),
        cmocka_unit_test(seven_failures_and_a_success_keep_the_pauses_and_the_order),
        cmocka_unit_test(after_the_last_attempt_a_delivery_is_dead_until_it_is_asked_for),
        cmocka_unit_test(retry_after_is_waited_for),
        cmocka_unit_test(an_endpoint_that_is_gone_is_switched_off_and_forgets_nothing),
        cmocka_unit_test(five_days_of_failures_switch_an_endpoint_off),
        cmocka_unit_test(what_was_asked_of_the_lasting_endpoint_outlives_a_start),
        cmocka_unit_test(owners_that_are_not_projected_yet_are_waited_for),
        cmocka_unit_test(a_full_disk_delays_and_loses_nothing),
        cmocka_unit_test(rotation_signs_with_both_secrets_for_a_day),
        cmocka_unit_test(a_replay_sends_again_all_after_a_position),
        cmocka_unit_test(a_replay_forgets_nothing_that_waits),
        cmocka_unit_test(a_test_is_made_at_once_and_tells_how_it_went),
        cmocka_unit_test(lists_come_in_pages),
        cmocka_unit_test(the_log_of_deliveries_is_bounded),
        cmocka_unit_test(a_deleted_endpoint_is_gone_for_good),
        cmocka_unit_test(requests_that_are_wrong_are_refused),
        cmocka_unit_test(the_lasting_endpoint_is_one_over_restarts),
        cmocka_unit_test(an_outbox_of_another_journal_stops_the_start),
        cmocka_unit_test(an_outbox_of_a_newer_format_stops_the_start),
        cmocka_unit_test(a_file_that_is_no_outbox_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
