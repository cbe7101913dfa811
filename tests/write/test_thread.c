/* The engine on its thread. Run under the thread sanitizer as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>

#include "write/engine_thread.h"
#include "write/fixture.h"

#define WAIT_MS 60000 /* far beyond anything that works */

struct parcel {
    struct engine_request request;
    struct engine_command command;
    struct move_money args;
    char key[32];
};

static void pack(struct parcel *parcel, struct engine_port *port, uint64_t account, int64_t amount,
                 unsigned door, unsigned number)
{
    *parcel = (struct parcel){
        .args = {.account = account, .amount = money(amount), .reference = TEXT("")}};
    (void)snprintf(parcel->key, sizeof parcel->key, "door-%u-%u", door, number);
    parcel->command = (struct engine_command){
        .op = OP_DEPOSIT_MONEY, .args = &parcel->args, .key = text_of(parcel->key)};
    parcel->request = (struct engine_request){.actor = TEXT("front-desk"),
                                              .principal = TEXT("front-desk"),
                                              .channel = CHANNEL_ZMQ,
                                              .count = 1,
                                              .commands = &parcel->command,
                                              .owner = parcel,
                                              .port = port};
}

static struct engine_request *wait_for_some(struct engine_port *port)
{
    struct engine_request *taken = engine_port_take(port);
    while (taken == NULL) {
        struct pollfd wait = {.fd = engine_port_fd(port), .events = POLLIN};
        assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
        taken = engine_port_take(port);
    }
    return taken;
}

struct door {
    pthread_t thread;
    struct engine_thread *engine;
    uint64_t account;
    unsigned number, accepted, known, wrong;
};

enum { DOORS = 6, ROUNDS = 40, PER_ROUND = 50 };

/* Hands over `count` parcels, in parts of growing size: 1, 2, 3 and so on. */
static void hand_over_in_parts(struct engine_thread *engine, struct parcel *parcels, unsigned count)
{
    unsigned from = 0;
    engine_turn_begin(engine);
    for (unsigned size = 1; from < count; from += size++) {
        size = size < count - from ? size : count - from;
        parcels[from + size - 1].request.next = NULL;
        while (!engine_submit(engine, &parcels[from].request, &parcels[from + size - 1].request,
                              size)) {
        }
    }
    engine_turn_end(engine);
}

/* Every round submits its commands twice over: each must be accepted once and known once. Doors
 * with an odd number do it in parts. */
static void *serve(void *context)
{
    struct door *door = context;
    struct engine_port *port = engine_port_new();
    struct parcel *parcels = calloc(2 * PER_ROUND, sizeof *parcels);
    uint64_t last_record = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < 2 * PER_ROUND; i++) {
            pack(&parcels[i], port, door->account, 1, door->number,
                 round * PER_ROUND + i % PER_ROUND);
            parcels[i].request.next = i + 1 < 2 * PER_ROUND ? &parcels[i + 1].request : NULL;
        }
        if (door->number % 2 == 1) {
            hand_over_in_parts(door->engine, parcels, 2 * PER_ROUND);
        } else {
            while (!engine_submit(door->engine, &parcels[0].request,
                                  &parcels[2 * PER_ROUND - 1].request, 2 * PER_ROUND)) {
            }
        }
        for (unsigned back = 0; back < 2 * PER_ROUND;) {
            struct engine_request *next;
            for (struct engine_request *r = wait_for_some(port); r != NULL; r = next, back++) {
                const struct engine_command *command = r->commands;
                next = r->next;
                door->accepted += command->verdict == VERDICT_ACCEPTED;
                door->known += command->verdict == VERDICT_KNOWN;
                /* Completions come in order, and only of what is on disk. */
                uint64_t record =
                    command->verdict == VERDICT_KNOWN ? command->known : command->record.number;
                door->wrong += record > engine_thread_committed(door->engine);
                door->wrong += command->verdict == VERDICT_ACCEPTED && record <= last_record;
                door->wrong += command->verdict == VERDICT_ACCEPTED &&
                               command->record.at > engine_thread_last_at(door->engine);
                last_record = command->verdict == VERDICT_ACCEPTED ? record : last_record;
            }
        }
    }
    free(parcels);
    engine_port_free(&port);
    return NULL;
}

struct commits {
    struct engine_thread *engine;
    uint64_t last;
    unsigned calls, wrong;
};

static void see_commit(void *context)
{
    struct commits *commits = context;
    uint64_t committed = engine_thread_committed(commits->engine);
    commits->calls++;
    commits->wrong += committed <= commits->last;
    commits->last = committed;
}

static void many_doors_are_served_at_once(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    struct door doors[DOORS];
    struct commits commits = {0};
    wants_snapshots(f, 500); /* slices between batches, all the while */
    uint64_t account = given_account(f, 0);
    struct engine_thread *thread = engine_thread_start(f->engine);
    commits.engine = thread;
    engine_thread_on_commit(thread, see_commit, &commits);
    for (unsigned i = 0; i < DOORS; i++) {
        doors[i] = (struct door){.engine = thread, .account = account, .number = i};
        assert_int_equal(pthread_create(&doors[i].thread, NULL, serve, &doors[i]), 0);
    }
    for (unsigned i = 0; i < DOORS; i++) {
        assert_int_equal(pthread_join(doors[i].thread, NULL), 0);
        assert_int_equal(doors[i].accepted, ROUNDS * PER_ROUND);
        assert_int_equal(doors[i].known, ROUNDS * PER_ROUND);
        assert_int_equal(doors[i].wrong, 0);
    }
    engine_thread_stop(&thread);
    assert_int_equal(commits.wrong, 0);
    assert_int_equal(commits.last, DOORS * ROUNDS * PER_ROUND + 1);
    assert_true(fixture_start(f));
    assert_int_equal(balance_of(f, account), DOORS * ROUNDS * PER_ROUND);
    done(&f);
}

static void a_turn_that_does_not_end_keeps_nobody_waiting(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t account = given_account(f, 0);
    struct engine_thread *thread = engine_thread_start(f->engine);
    struct engine_port *port = engine_port_new();
    struct parcel parcel;
    engine_turn_begin(thread);
    for (unsigned i = 0; i < 3; i++) {
        pack(&parcel, port, account, 1, 0, i);
        assert_true(engine_submit(thread, &parcel.request, &parcel.request, 1));
        assert_ptr_equal(wait_for_some(port), &parcel.request);
        assert_int_equal(parcel.command.verdict, VERDICT_ACCEPTED);
        assert_int_equal(engine_thread_committed(thread), 2 + i);
    }
    engine_turn_end(thread);
    engine_thread_stop(&thread);
    f->engine = NULL;
    engine_port_free(&port);
    done(&f);
}

/* An engine that is held while it decides: the order of what happens meanwhile is the test's. */
struct held {
    struct fixture *f;
    struct engine_thread *thread;
    struct engine_port *port;
    sem_t reached, go_on;
    atomic_bool holds;
    uint64_t account;
    struct parcel parcels[8];
    unsigned handed_over, commits;
    uint64_t records[8]; /* the last one of each commit */
};

static struct held *held; /* the clock has no other way to it */

static int64_t held_wall(struct clock *clock)
{
    if (atomic_exchange(&held->holds, false)) {
        assert_int_equal(sem_post(&held->reached), 0);
        assert_int_equal(sem_wait(&held->go_on), 0);
    }
    return fixture_wall(clock);
}

static void note_commit(void *context)
{
    struct held *h = context;
    h->records[h->commits++ % 8] = engine_thread_committed(h->thread);
}

static void hand_over(struct held *h)
{
    struct parcel *parcel = &h->parcels[h->handed_over];
    pack(parcel, h->port, h->account, 1, 0, h->handed_over++);
    assert_true(engine_submit(h->thread, &parcel->request, &parcel->request, 1));
}

/* A bank of one account whose engine is in the middle of deciding a command. */
static void given_a_held_engine(struct held *h)
{
    *h = (struct held){.f = given_a_bank()};
    held = h;
    h->account = given_account(h->f, 0);
    assert_int_equal(sem_init(&h->reached, 0, 0), 0);
    assert_int_equal(sem_init(&h->go_on, 0, 0), 0);
    h->f->clock.wall = held_wall;
    h->thread = engine_thread_start(h->f->engine);
    engine_thread_on_commit(h->thread, note_commit, h);
    h->port = engine_port_new();
    atomic_store(&h->holds, true);
    hand_over(h);
    assert_int_equal(sem_wait(&h->reached), 0);
}

static void then_all_come_back(struct held *h)
{
    unsigned back = 0;
    assert_int_equal(sem_post(&h->go_on), 0);
    while (back < h->handed_over) {
        for (struct engine_request *r = wait_for_some(h->port); r != NULL; r = r->next) {
            assert_ptr_equal(r->owner, &h->parcels[back++]);
            assert_int_equal(r->commands->verdict, VERDICT_ACCEPTED);
        }
    }
}

static void done_holding(struct held *h)
{
    engine_thread_stop(&h->thread);
    h->f->engine = NULL;
    engine_port_free(&h->port);
    assert_int_equal(sem_destroy(&h->reached), 0);
    assert_int_equal(sem_destroy(&h->go_on), 0);
    done(&h->f);
}

static void parts_of_a_turn_under_way_share_a_commit(void **unused)
{
    (void)unused;
    unsigned commits = 0;
    /* A machine that is busy elsewhere may let the half millisecond pass: hardly every time. */
    for (unsigned attempt = 0; attempt < 100 && commits != 1; attempt++) {
        struct held h;
        given_a_held_engine(&h);
        engine_turn_begin(h.thread);
        hand_over(&h);
        hand_over(&h);
        then_all_come_back(&h);
        engine_turn_end(h.thread);
        done_holding(&h);
        commits = h.commits;
    }
    assert_int_equal(commits, 1);
}

static void what_a_turn_leaves_in_the_queue_begins_the_next_commit(void **unused)
{
    (void)unused;
    struct held h;
    given_a_held_engine(&h); /* record 2 */
    engine_turn_begin(h.thread);
    hand_over(&h);
    hand_over(&h);
    engine_turn_end(h.thread);
    then_all_come_back(&h);
    done_holding(&h);
    assert_int_equal(h.commits, 2);
    assert_int_equal(h.records[0], 2);
    assert_int_equal(h.records[1], 4);
}

static void a_commit_that_was_open_long_enough_takes_nothing_more(void **unused)
{
    (void)unused;
    struct held h;
    struct clock *clock = clock_system();
    given_a_held_engine(&h);
    engine_turn_begin(h.thread);
    hand_over(&h);
    atomic_store(&h.holds, true); /* while it decides this one, behind the first */
    assert_int_equal(sem_post(&h.go_on), 0);
    assert_int_equal(sem_wait(&h.reached), 0);
    hand_over(&h);
    for (int64_t began = clock->steady(clock); clock->steady(clock) - began < 1000;) {
    }
    then_all_come_back(&h);
    engine_turn_end(h.thread);
    done_holding(&h);
    assert_true(h.commits >= 2);
    assert_int_equal(h.records[h.commits - 1], 4);
    assert_int_equal(h.records[h.commits - 2], 3);
}

static void stopping_finishes_what_is_queued(void **unused)
{
    (void)unused;
    enum { COUNT = 20000 };
    struct fixture *f = given_a_bank();
    uint64_t account = given_account(f, 0);
    struct engine_thread *thread = engine_thread_start(f->engine);
    struct engine_port *port = engine_port_new();
    struct parcel *parcels = calloc(COUNT, sizeof *parcels);
    assert_non_null(parcels);
    for (unsigned i = 0; i < COUNT; i++) {
        pack(&parcels[i], port, account, 1, 0, i);
        parcels[i].request.next = i + 1 < COUNT ? &parcels[i + 1].request : NULL;
    }
    assert_true(engine_submit(thread, &parcels[0].request, &parcels[COUNT - 1].request, COUNT));
    engine_thread_stop(&thread);
    unsigned back = 0;
    for (struct engine_request *r = engine_port_take(port); r != NULL; r = r->next) {
        assert_ptr_equal(r->owner, &parcels[back++]);
        assert_int_equal(r->commands->verdict, VERDICT_ACCEPTED);
    }
    assert_int_equal(back, COUNT);
    assert_null(engine_port_take(port));
    engine_port_free(&port);
    free(parcels);
    assert_true(fixture_start(f));
    assert_int_equal(balance_of(f, account), COUNT);
    done(&f);
}

static void a_full_queue_takes_nothing(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    struct engine_thread *thread = engine_thread_start(f->engine);
    struct engine_port *port = engine_port_new();
    struct parcel parcel;
    pack(&parcel, port, account_from_sequence(1), 1, 0, 0);
    assert_false(engine_submit(thread, &parcel.request, &parcel.request, ENGINE_QUEUE_MAX + 1));
    assert_false(engine_submit(thread, &parcel.request, &parcel.request, SIZE_MAX));
    assert_null(engine_port_take(port));
    assert_true(engine_submit(thread, &parcel.request, &parcel.request, 1));
    assert_ptr_equal(wait_for_some(port), &parcel.request);
    then_refused(parcel.command, STATUS_account_not_found);
    engine_thread_stop(&thread);
    f->engine = NULL;
    engine_port_free(&port);
    done(&f);
}

static void a_paused_engine_takes_nothing_until_it_goes_on(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t account = given_account(f, 0);
    struct engine_thread *thread = engine_thread_start(f->engine);
    struct engine_port *port = engine_port_new();
    struct parcel parcel;
    pack(&parcel, port, account, 1, 0, 0);
    engine_thread_pause(thread, true);
    assert_false(engine_submit(thread, &parcel.request, &parcel.request, 1));
    engine_thread_pause(thread, false);
    assert_true(engine_submit(thread, &parcel.request, &parcel.request, 1));
    assert_ptr_equal(wait_for_some(port), &parcel.request);
    assert_int_equal(parcel.command.verdict, VERDICT_ACCEPTED);
    assert_int_equal(engine_thread_committed(thread), 2);
    engine_thread_stop(&thread);
    f->engine = NULL;
    engine_port_free(&port);
    done(&f);
}

static void a_port_is_readable_once_for_a_whole_batch(void **unused)
{
    (void)unused;
    enum { COUNT = 100 };
    struct fixture *f = given_a_bank();
    uint64_t account = given_account(f, 0);
    struct engine_thread *thread = engine_thread_start(f->engine);
    struct engine_port *ports[2] = {engine_port_new(), engine_port_new()};
    struct parcel *parcels = calloc(COUNT, sizeof *parcels);
    assert_non_null(parcels);
    for (unsigned i = 0; i < COUNT; i++) {
        pack(&parcels[i], ports[i % 2], account, 1, 0, i);
        parcels[i].request.next = i + 1 < COUNT ? &parcels[i + 1].request : NULL;
    }
    assert_true(engine_submit(thread, &parcels[0].request, &parcels[COUNT - 1].request, COUNT));
    engine_thread_stop(&thread);
    f->engine = NULL;
    for (unsigned p = 0; p < 2; p++) {
        uint64_t wakes = 0;
        assert_int_equal(read(engine_port_fd(ports[p]), &wakes, sizeof wakes), sizeof wakes);
        assert_int_equal(wakes, 1);
        unsigned back = 0;
        for (struct engine_request *r = engine_port_take(ports[p]); r != NULL; r = r->next) {
            assert_ptr_equal(r->owner, &parcels[2 * back++ + p]);
        }
        assert_int_equal(back, COUNT / 2);
        struct pollfd wait = {.fd = engine_port_fd(ports[p]), .events = POLLIN};
        assert_int_equal(poll(&wait, 1, 0), 0);
        engine_port_free(&ports[p]);
    }
    free(parcels);
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_doors_are_served_at_once),
        cmocka_unit_test(a_turn_that_does_not_end_keeps_nobody_waiting),
        cmocka_unit_test(parts_of_a_turn_under_way_share_a_commit),
        cmocka_unit_test(what_a_turn_leaves_in_the_queue_begins_the_next_commit),
        cmocka_unit_test(a_commit_that_was_open_long_enough_takes_nothing_more),
        cmocka_unit_test(stopping_finishes_what_is_queued),
        cmocka_unit_test(a_full_queue_takes_nothing),
        cmocka_unit_test(a_paused_engine_takes_nothing_until_it_goes_on),
        cmocka_unit_test(a_port_is_readable_once_for_a_whole_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
