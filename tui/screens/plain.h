/* `teller --plain`: the console for terminals that can only print lines, and for pipes. The same
 * client, the same poster, the same papers and the same rules as on the screens: what is posted is
 * on disk first, shown for review, and takes two answers, `1` and then Enter.
 *
 * It talks through plain_io and never touches a terminal itself. What comes from a pipe or a file
 * ends at the first line that fails, so that no answer is taken for another question. */
#pragma once

#include "screens/console.h"

#define PLAIN_LINE_MAX 1024

enum plain_input { PLAIN_INPUT_LINE, PLAIN_INPUT_NONE, PLAIN_INPUT_END };

struct plain_io {
    void *context;
    bool interactive; /* somebody sits there: a wrong answer is asked for again */
    bool ascii;
    /* Until the daemon, the input or a timer has news; false: it is over (a signal). */
    bool (*wait)(void *context, bool for_line);
    /* The next line without its end, cut at PLAIN_LINE_MAX - 1. */
    enum plain_input (*line)(void *context, char out[PLAIN_LINE_MAX]);
    /* What was typed and not read yet is thrown away; only where somebody sits. */
    void (*discard)(void *context);
    /* What is typed from now on is not seen, or seen again. */
    void (*hide)(void *context, bool hidden);
    void (*say)(void *context, struct text text);
    void (*now)(void *context, int64_t *now_ms, int64_t *wall_us);
};

/* How it ended: sysexits. */
int plain_run(const struct console_config *config, const struct plain_io *io);
