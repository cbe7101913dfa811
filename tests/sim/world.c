#include "sim/world.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"

#define FOLD_MAX 1000
#define SNAPSHOT_EVERY 40

static struct world *world_of_journal(const struct journal *journal)
{
    return (struct world *)(void *)((char *)(uintptr_t)journal->ops - offsetof(struct world, ops));
}

static enum journal_result failing_append(struct journal *journal,
                                          const struct journal_batch *batch,
                                          const uint8_t (*hashes)[JOURNAL_HASH_SIZE])
{
    struct world *world = world_of_journal(journal);
    enum fate fate = world->fate;
    world->fate = FATE_KEPT;
    world->happened = fate;
    if (fate == FATE_CRASH_LOST) {
        longjmp(world->crash, 1);
    }
    if (fate != FATE_UNKNOWN_LOST) {
        CHECK(world->inner->append(journal, batch, hashes) == JOURNAL_OK);
    }
    if (fate == FATE_CRASH_KEPT) {
        longjmp(world->crash, 1);
    }
    return fate == FATE_KEPT ? JOURNAL_OK : JOURNAL_UNKNOWN;
}

static int64_t false_wall(struct clock *clock)
{
    return ((struct world *)(void *)((char *)clock - offsetof(struct world, clock)))->wall;
}

/* Work takes time: every look at the clock finds it a little later. */
static int64_t false_steady(struct clock *clock)
{
    struct world *world = (void *)((char *)clock - offsetof(struct world, clock));
    world->steady += (int64_t)dice_below(&world->dice, 50);
    return world->steady;
}

static void false_fill(struct entropy *entropy, void *out, size_t size)
{
    struct world *world = (void *)((char *)entropy - offsetof(struct world, entropy));
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)out)[i] = (uint8_t)dice_roll(&world->dice);
    }
}

static void start(struct world *world, bool views_must_fit)
{
    struct engine_config config = {
        .journal = world->journal,
        .clock = &world->clock,
        .entropy = &world->entropy,
        .snapshot_path = world->snapshot,
        .snapshot_every = SNAPSHOT_EVERY,
    };
    world->engine = engine_open(&config);
    CHECK(world->engine != NULL);
    enum projector_open_result opened =
        projector_open(world->views_in_memory ? NULL : world->views,
                       journal_reader_open(world->journal), &world->projector);
    CHECK(opened == PROJECTOR_OK || (opened == PROJECTOR_REBUILT && !views_must_fit));
    projector_set_clock(world->projector, &world->clock);
}

void world_open(struct world *world, uint64_t seed, bool views_in_memory)
{
    memset(world, 0, sizeof *world);
    world->clock = (struct clock){false_wall, false_steady};
    world->wall = INT64_C(1767225600000000); /* 2026-01-01 */
    world->steady = 1;
    world->entropy = (struct entropy){false_fill};
    world->dice.state = ~seed;
    world->views_in_memory = views_in_memory;
    world->journal = journal_open_memory();
    world->inner = world->journal->ops;
    world->ops = *world->inner;
    world->ops.append = failing_append;
    world->journal->ops = &world->ops;
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(world->folder, sizeof world->folder, "%s/tellersim-XXXXXX", parent);
    CHECK(mkdtemp(world->folder) != NULL);
    (void)snprintf(world->snapshot, sizeof world->snapshot, "%s/snapshot", world->folder);
    (void)snprintf(world->views, sizeof world->views, "%s/views.db", world->folder);
    start(world, false);
}

static void remove_views(const struct world *world)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[sizeof world->views + 16];
        (void)snprintf(path, sizeof path, "%s%s", world->views, suffixes[i]);
        (void)unlink(path);
    }
}

void world_close(struct world *world)
{
    engine_close(&world->engine, false);
    projector_close(&world->projector, false);
    journal_close(&world->journal);
    (void)unlink(world->snapshot);
    remove_views(world);
    CHECK(rmdir(world->folder) == 0);
}

/* As they come in parts: each request decided alone, all committed together. */
static void run_in_parts(struct engine *engine, const struct engine_request *requests)
{
    for (const struct engine_request *request = requests; request != NULL;
         request = request->next) {
        struct engine_request alone = *request;
        alone.next = NULL;
        engine_decide(engine, &alone);
    }
    engine_commit(engine);
}

void world_run(struct world *world, struct engine_request *requests)
{
    world->happened = FATE_KEPT;
    if (setjmp(world->crash) != 0) {
        return;
    }
    if (world->runs++ % 2 == 0) {
        engine_run(world->engine, requests);
    } else {
        run_in_parts(world->engine, requests);
    }
}

static void damage(const struct world *world, struct dice *dice)
{
    FILE *file = fopen(world->snapshot, "r+b");
    if (file == NULL) {
        return;
    }
    CHECK(fseek(file, 0, SEEK_END) == 0);
    long at = (long)dice_below(dice, (uint64_t)ftell(file));
    CHECK(fseek(file, at, SEEK_SET) == 0);
    int byte = fgetc(file);
    CHECK(fseek(file, at, SEEK_SET) == 0 && fputc(byte ^ 0x20, file) != EOF);
    CHECK(fclose(file) == 0);
}

void world_restart(struct world *world, const struct restart *restart, struct dice *dice)
{
    bool views_were_there = access(world->views, F_OK) == 0;
    engine_close(&world->engine, restart->clean);
    projector_close(&world->projector, restart->clean);
    world->fate = FATE_KEPT;
    CHECK(journal_reopen(world->journal));
    if (restart->snapshot == SNAPSHOT_REMOVED) {
        (void)unlink(world->snapshot);
    } else if (restart->snapshot == SNAPSHOT_DAMAGED) {
        damage(world, dice);
    }
    if (restart->views_removed) {
        remove_views(world);
    }
    bool snapshot_fits = access(world->snapshot, F_OK) == 0 && restart->snapshot == SNAPSHOT_KEPT;
    start(world, views_were_there && !restart->views_removed && !world->views_in_memory);
    CHECK(engine_used_snapshot(world->engine) == snapshot_fits);
    if (restart->snapshot == SNAPSHOT_DAMAGED) {
        (void)unlink(world->snapshot); /* so that whether one fits stays known */
    }
}

void world_catch_up(struct world *world)
{
    long folded;
    do {
        folded = projector_fold(world->projector, FOLD_MAX);
        CHECK(folded >= 0);
    } while (folded > 0);
    CHECK(projector_seen(world->projector) == engine_committed(world->engine));
}

struct views *world_views(const struct world *world)
{
    struct views *views = views_open(world->projector, journal_reader_open(world->journal));
    CHECK(views != NULL);
    return views;
}
