/* One thousand kills at random moments, under load, with receivers that fail as they like: every
 * event arrives, in order for its account, and webhook-id tells repeats apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "webhooks/post.h"

#define KILLS 1000
#define ENDPOINTS 3
#define EVENTS_MAX 65536

static uint32_t chance(struct post *post)
{
    uint32_t value;
    post_fill(&post->entropy, &value, sizeof value);
    return value;
}

/* Answers late, in any order, and fails one time in four; never for good: the schedule is long. */
static void does_as_it_likes(struct post *post, struct post_sent *sent)
{
    sent->due = post->now + chance(post) % 3000;
    if (chance(post) % 4 == 0)
        sent->answer.status = 500;
    else if (chance(post) % 16 == 0)
        sent->due = INT64_MAX; /* what it took, it took; the answer never comes */
}

static void is_well(struct post *post, struct post_sent *sent)
{
    (void)post;
    (void)sent;
}

static void make_events(struct post *post)
{
    for (unsigned i = chance(post) % 4; i > 0; i--) {
        unsigned from = chance(post) % POST_ACCOUNTS, to = chance(post) % POST_ACCOUNTS;
        if (from == to)
            post_deposit(post, from, 1 + chance(post) % 100);
        else
            post_transfer(post, from, to, 1 + chance(post) % 100);
    }
}

struct arrival {
    char id[PAYLOAD_ID_MAX];
    unsigned times;
};

static long long field(const char *body, const char *name)
{
    const char *at = strstr(body, name);
    assert_non_null(at);
    return strtoll(at + strlen(name), NULL, 10);
}

/* The first arrivals of every event at one endpoint, by position. */
static void check_endpoint(const struct post *post, const char *url, uint64_t first)
{
    struct arrival *arrivals = calloc(EVENTS_MAX, sizeof *arrivals);
    uint64_t versions[POST_ACCOUNTS] = {0};
    size_t distinct = 0, repeats = 0;
    assert_non_null(arrivals);
    for (size_t i = 0; i < post->count; i++) {
        const struct post_sent *sent = &post->sent[i];
        if (strcmp(sent->url, url) != 0 || sent->answer.status != 200)
            continue;
        uint64_t position = (uint64_t)field(sent->body, "\"version\":");
        position = (uint64_t)field(strstr(sent->body, "\"version\":"), "\"position\":");
        assert_true(position < EVENTS_MAX);
        struct arrival *arrival = &arrivals[position];
        if (arrival->times++ > 0) { /* a repeat is told by its id, and its body is the same */
            assert_string_equal(arrival->id, sent->id);
            repeats++;
            continue;
        }
        memcpy(arrival->id, sent->id, sizeof arrival->id);
        distinct++;
        uint64_t number = (uint64_t)strtoll(strstr(sent->body, "\"account\":\"") + 11, NULL, 10);
        uint64_t version = (uint64_t)field(sent->body, "\"version\":");
        unsigned which = (unsigned)(number / 10 - ACCOUNT_SEQUENCE_FIRST);
        assert_true(version > versions[which]); /* in order for its account */
        versions[which] = version;
    }
    /* Every BalanceUpdated since the endpoints were made. */
    size_t expected = 0;
    struct journal_reader *reader = journal_reader_open(post->journal);
    struct record record;
    for (uint64_t n = 1; journal_read_record(reader, n, &record) == JOURNAL_READ_OK; n++) {
        struct event events[EVENTS_PER_RECORD_MAX];
        unsigned count = record_events(&record, events);
        for (unsigned k = 0; k < count; k++) {
            if (events[k].type != EVENT_BALANCE_UPDATED || events[k].position <= first)
                continue;
            expected++;
            if (arrivals[events[k].position].times == 0)
                fail_msg("position %llu never arrived", (unsigned long long)events[k].position);
        }
    }
    journal_reader_close(&reader);
    assert_int_equal(distinct, expected);
    print_message("%s: %zu events, %zu repeats\n", url, distinct, repeats);
    free(arrivals);
}

static void nothing_is_lost_over_a_thousand_kills(void **state)
{
    (void)state;
    static const char *const urls[ENDPOINTS] = {"https://a.example/", "https://b.example/",
                                                "https://c.example/"};
    struct post *post = post_new(true);
    unsigned kills = 0;
    assert_true(schedule_parse(TEXT("0s,0.01s,0.02s,0.05s,0.1s,0.1s,0.1s,0.1s,0.1s,0.1s,0.1s,0.1s,"
                                    "0.1s,0.1s,0.1s,0.1s,0.1s,0.1s,0.1s,0.1s"),
                               &post->schedule));
    courier_close(&post->courier);
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    for (unsigned i = 0; i < ENDPOINTS; i++)
        (void)post_create(post, urls[i], 1u << EVENT_BALANCE_UPDATED);
    uint64_t first = post->position;
    post->receiver = does_as_it_likes;
    while (kills < KILLS) {
        make_events(post);
        for (unsigned turns = chance(post) % 40; turns > 0; turns--) {
            courier_news(post->courier);
            (void)courier_step(post->courier);
            post->now += chance(post) % 4000;
        }
        if (chance(post) % 8 == 0)
            courier_close(&post->courier); /* now and then in good order */
        else
            post_kill(post);
        kills++;
        assert_int_equal(post_open(post), COURIER_OPEN_OK);
    }
    post->receiver = is_well;
    post_run(post, 60 * TIME_SECOND);
    for (unsigned i = 0; i < ENDPOINTS; i++)
        check_endpoint(post, urls[i], first);
    post_free(post);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_over_a_thousand_kills),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
