/* Two programs, each with an empty bank, in turn: which of them is faster, and by how much. A
 * machine that other work slows down does it to both, so many short rounds tell more than a few
 * long ones (--rounds 40 --seconds 0.5). */
#include "bench.h"

_Static_assert(FIGURE_OWN_BALANCE - FIGURE_OWN_1 == RATE_BALANCE, "a figure for each rate");
_Static_assert(FIGURE_OTHER_BALANCE - FIGURE_OTHER_1 == RATE_BALANCE, "a figure for each rate");

static bool measure(struct bench *bench, enum rate rate, const struct daemon *daemon,
                    const struct daemon *idle, enum figure first)
{
    double value;
    if (!bank_settle(idle) ||
        !rate_measure(bench, rate, daemon, &bench->crowd, bench->seconds, &value))
        return false;
    bench_add(bench, (enum figure)(first + rate), value);
    return true;
}

static bool measure_both(struct bench *bench, enum rate rate, bool other_first)
{
    const struct daemon *own = &bench->empty, *other = &bench->other;
    return (!other_first || measure(bench, rate, other, own, FIGURE_OTHER_1)) &&
           measure(bench, rate, own, other, FIGURE_OWN_1) &&
           (other_first || measure(bench, rate, other, own, FIGURE_OTHER_1));
}

static bool against(struct bench *bench, enum rate rate)
{
    bool done = bank_open(bench) && bank_open_other(bench);
    for (unsigned round = 0; round < bench->rounds && done; round++)
        done = measure_both(bench, rate, round % 2 == 1);
    bank_close(bench);
    return done;
}

bool step_against_1(struct bench *bench)
{
    return against(bench, RATE_1);
}

bool step_against_64(struct bench *bench)
{
    return against(bench, RATE_64);
}

bool step_against_512(struct bench *bench)
{
    return against(bench, RATE_512);
}

bool step_against_batch(struct bench *bench)
{
    return against(bench, RATE_BATCH);
}

bool step_against_rest(struct bench *bench)
{
    return against(bench, RATE_REST);
}

bool step_against_balance(struct bench *bench)
{
    return against(bench, RATE_BALANCE);
}
