#include "read/walk.h"

#include <inttypes.h>

#include "host/log.h"

#define NEAR_RECORDS 4 /* tried along the chain before the steps are searched */

void walk_begin(struct walk *walk, struct views *views, uint64_t account)
{
    *walk = (struct walk){.views = views, .account = account};
    views_hold(views);
}

void walk_end(struct walk *walk)
{
    views_let_go(walk->views);
}

enum walk_moved walk_to(struct walk *walk, uint64_t record)
{
    if (record == 0)
        return WALK_END;
    if (journal_read_record(walk->views->journal, record, &walk->record) != JOURNAL_READ_OK) {
        log_error("read", "record %" PRIu64 " cannot be read", record);
        return WALK_FAILED;
    }
    for (walk->leg = 0; walk->leg < walk->record.leg_count; walk->leg++) {
        if (walk_leg(walk)->account == walk->account)
            return WALK_STANDS;
    }
    views_doubt(walk->views, "a record is not of the account that led to it");
    return WALK_FAILED;
}

enum walk_moved walk_back(struct walk *walk)
{
    uint64_t previous = walk_leg(walk)->previous_record;

    if (previous < walk->record.number)
        return walk_to(walk, previous);
    log_error("read", "the chain does not lead back from record %" PRIu64, walk->record.number);
    return WALK_FAILED;
}

uint64_t walk_step(const struct walk *walk)
{
    uint64_t version = walk_leg(walk)->version;
    uint64_t before = version - record_leg_events(&walk->record, walk->leg);
    uint64_t step = version / PROJECTOR_STEP_EVENTS;

    return step == before / PROJECTOR_STEP_EVENTS ? 0 : step;
}

bool walk_find_step(struct views *views, uint64_t account, uint64_t count, enum walk_key key,
                    int64_t value, struct step_row *out)
{
    uint64_t low = 1, high = count + 1; /* the answer; count + 1: none */
    struct step_row row;

    *out = (struct step_row){0};
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (!views_step_of(views, account, middle, &row)) {
            views_doubt(views, "a step of an account is missing");
            return false;
        }
        if ((key == WALK_AT ? row.at : (int64_t)row.position) >= value) {
            high = middle;
            *out = row;
        } else {
            low = middle + 1;
        }
    }
    return true;
}

enum walk_moved walk_before(struct walk *walk, int64_t time)
{
    enum walk_moved moved = WALK_STANDS;
    struct step_row step;

    for (unsigned i = 0; i < NEAR_RECORDS; i++) {
        if (walk->record.at < time)
            return WALK_STANDS;
        moved = walk_back(walk);
        if (moved != WALK_STANDS)
            return moved;
    }
    if (!walk_find_step(walk->views, walk->account, walk_leg(walk)->version / PROJECTOR_STEP_EVENTS,
                        WALK_AT, time, &step))
        return WALK_FAILED;
    if (step.step != 0 && step.record != walk->record.number)
        moved = walk_to(walk, step.record);
    while (moved == WALK_STANDS && walk->record.at >= time)
        moved = walk_back(walk);
    return moved;
}
