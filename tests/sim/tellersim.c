/* tellersim: a bank's life from a seed. Engine and projector in one process on a false clock and
 * a disk that fails; random commands, stops at any step; everything audited.
 *
 *     tellersim --seed N [--steps N]      one life; the same seed is the same life
 *     tellersim --from N --seeds COUNT    many
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "host/log.h"
#include "sim/audit.h"

#define STEPS_DEFAULT 60u
#define CLOCK_END (INT64_C(1767225600000000) + 900 * TIME_DAY)

/* What many lives amounted to: a simulation that hardly does anything finds nothing. */
static struct tally {
    uint64_t accepted, refused, known, failed, events, lost, crashes, restarts;
} tally;

struct life {
    struct world world;
    struct model model;
    struct dice dice;
    struct commands commands;
    struct model_answer answers[COMMANDS_MAX];
    unsigned next_key;
};

static void jump_in_time(struct life *life)
{
    struct world *world = &life->world;
    int64_t jump = dice_between(&life->dice, 0, TIME_SECOND);
    switch (dice_below(&life->dice, 12)) {
    case 0:
        jump = -dice_between(&life->dice, 0, 3 * TIME_DAY); /* somebody set the clock */
        break;
    case 1:
        jump = dice_between(&life->dice, 0, 100 * TIME_DAY);
        break;
    case 2: /* to a midnight's edge */
        jump = day_start(day_of(world->wall) + 1) - world->wall + dice_between(&life->dice, -2, 2);
        break;
    case 3: /* to the edge of a month */
        jump =
            month_start(month_of(world->wall) + 1) - world->wall + dice_between(&life->dice, -2, 2);
        break;
    case 4:
        jump = 0;
        break;
    default:
        break;
    }
    world->wall = world->wall + jump > CLOCK_END ? world->wall : world->wall + jump;
    world->steady += dice_between(&life->dice, 0, TIME_SECOND);
}

static void count(const struct commands *commands)
{
    for (size_t i = 0; i < commands->count; i++) {
        enum verdict verdict = commands->commands[i].verdict;
        tally.accepted += verdict == VERDICT_ACCEPTED;
        tally.refused += verdict == VERDICT_REFUSED;
        tally.known += verdict == VERDICT_KNOWN;
        tally.failed += verdict == VERDICT_FAILED;
    }
}

static void restart(struct life *life, bool crashed)
{
    tally.restarts++;
    tally.crashes += crashed;
    struct dice *dice = &life->dice;
    struct restart how = {.clean = !crashed && dice_percent(dice, 40),
                          .views_removed = dice_percent(dice, 25)};
    how.snapshot = dice_percent(dice, 70)   ? SNAPSHOT_KEPT
                   : dice_percent(dice, 50) ? SNAPSHOT_REMOVED
                                            : SNAPSHOT_DAMAGED;
    world_restart(&life->world, &how, dice);
}

static enum fate roll_fate(struct dice *dice)
{
    return dice_percent(dice, 88) ? FATE_KEPT : FATE_UNKNOWN_LOST + (enum fate)dice_below(dice, 4);
}

static void run_commands(struct life *life)
{
    struct world *world = &life->world;
    struct model_counts before = life->model.now;
    commands_roll(&life->commands, &life->dice, &life->model, world->wall, &life->next_key);
    world->fate = roll_fate(&life->dice);
    world_run(world, life->commands.requests);
    model_run(&life->model, life->commands.requests, world->wall, life->answers);
    bool lost = world->happened == FATE_UNKNOWN_LOST || world->happened == FATE_CRASH_LOST;
    tally.lost += lost;
    if (lost) {
        model_back(&life->model, &before);
    }
    if (world->happened == FATE_CRASH_LOST || world->happened == FATE_CRASH_KEPT) {
        restart(life, true); /* nobody heard a verdict */
    } else {
        audit_verdicts(world, &life->model, &life->commands, life->answers, lost);
        count(&life->commands);
    }
    world->fate = FATE_KEPT;
}

static void audit_some(struct life *life)
{
    const struct model_counts *now = &life->model.now;
    world_catch_up(&life->world);
    if (now->account_count > 0) {
        size_t pick = dice_below(&life->dice, now->account_count);
        audit_account(&life->world, &life->model, &life->dice, &now->accounts[pick]);
    }
}

/* Some slices of flushing, perhaps with folding between them; and perhaps no more than that. */
static void flush(struct life *life)
{
    struct dice *dice = &life->dice;
    struct projector *projector = life->world.projector;
    for (uint64_t slices = 1 + dice_below(dice, 4); slices > 0; slices--) {
        (void)projector_flush(projector, dice_between(dice, 0, 120));
        if (dice_percent(dice, 30)) {
            AUDIT(projector_fold(projector, 1 + dice_below(dice, 40)) >= 0, "fold");
        }
    }
    if (dice_percent(dice, 12)) {
        restart(life, true);
    }
}

static void step(struct life *life)
{
    struct world *world = &life->world;
    uint64_t roll = dice_below(&life->dice, 100);
    if (roll < 50) {
        jump_in_time(life);
        run_commands(life);
        audit_engine(world, &life->model);
    } else if (roll < 64) {
        AUDIT(projector_fold(world->projector, 1 + dice_below(&life->dice, 40)) >= 0, "fold");
    } else if (roll < 78) {
        flush(life);
    } else if (roll < 85) {
        for (uint64_t slices = dice_below(&life->dice, 4); slices > 0; slices--) {
            (void)engine_idle(world->engine);
        }
    } else if (roll < 91) {
        restart(life, dice_percent(&life->dice, 50));
        audit_engine(world, &life->model);
    } else {
        audit_some(life);
    }
}

static void audit_everything(struct life *life)
{
    const struct model_counts *now = &life->model.now;
    audit_journal(&life->world, &life->model);
    world_catch_up(&life->world);
    for (size_t i = 0; i < now->account_count; i++) {
        audit_account(&life->world, &life->model, &life->dice, &now->accounts[i]);
    }
    audit_lists(&life->world, &life->model, &life->dice);
    audit_digest(&life->world);
}

static void live(uint64_t seed, unsigned steps)
{
    struct life *life = calloc(1, sizeof *life);
    AUDIT(life != NULL, "memory");
    life->dice.state = seed;
    audit_at(seed, 0, steps);
    world_open(&life->world, seed, dice_percent(&life->dice, 20));
    model_init(&life->model);
    for (unsigned i = 0; i < steps; i++) {
        audit_at(seed, i, steps);
        step(life);
    }
    audit_at(seed, steps, steps);
    audit_everything(life);
    tally.events += life->model.now.event_count;
    world_close(&life->world);
    model_close(&life->model);
    free(life);
}

/* A failed check anywhere in the bank ends the life as well: say whose it was. */
static void say_where(int number)
{
    (void)number;
    audit_say_where();
}

static bool parse_number(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0';
}

int main(int argc, char **argv)
{
    uint64_t from = 1, seeds = 1, steps = STEPS_DEFAULT;
    for (int i = 1; i < argc; i += 2) {
        uint64_t *target = strcmp(argv[i], "--seed") == 0 || strcmp(argv[i], "--from") == 0 ? &from
                           : strcmp(argv[i], "--seeds") == 0                                ? &seeds
                           : strcmp(argv[i], "--steps") == 0                                ? &steps
                                                                                            : NULL;
        if (target == NULL || i + 1 == argc || !parse_number(argv[i + 1], target)) {
            (void)fprintf(stderr, "usage: tellersim --seed N [--steps N]\n"
                                  "       tellersim --from N --seeds COUNT [--steps N]\n");
            return 64;
        }
    }
    log_set_level(LOG_ERROR);
    (void)signal(SIGABRT, say_where);
    for (uint64_t seed = from; seed < from + seeds; seed++) {
        live(seed, (unsigned)steps);
    }
    (void)printf("tellersim: %" PRIu64 " lives of %" PRIu64 " steps, no difference\n"
                 "accepted %" PRIu64 ", refused %" PRIu64 ", known %" PRIu64 ", failed %" PRIu64
                 ", events %" PRIu64 ", lost commits %" PRIu64 ", crashes %" PRIu64
                 ", restarts %" PRIu64 "\n",
                 seeds, steps, tally.accepted, tally.refused, tally.known, tally.failed,
                 tally.events, tally.lost, tally.crashes, tally.restarts);
    return 0;
}
