/* What was posted in this run, what was left open by an earlier one, and what became of it. */
#include <stdio.h>

#include "model/show.h"
#include "screens/screens.h"
#include "widgets/table.h"

struct outcomes {
    struct table table;
};

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct outcomes *outcomes = screen->state;
    (void)console;
    if (!key->pasted) {
        (void)table_key(&outcomes->table, key->code, true);
    }
}

static const struct action actions[] = {
    {TERM_ESCAPE, TERM_ENTER, "Back", "Back", console_pop_action, NULL},
    {TERM_F0 + 3, 'q', NULL, "Back", console_pop_action, NULL},
    {TERM_UP, TERM_DOWN, NULL, "A row up or down; PgUp, PgDn, Home, End go further", NULL, NULL},
};

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct outcomes *outcomes = screen->state;
    const struct posting *postings[POSTINGS_MAX];
    size_t count = poster_list(&console->poster, postings);
    (void)area_fit(area, 0, 1, area.columns - 1, STYLE_STRONG,
                   TEXT("OUTCOMES · of this run, and what was open"));
    if (count == 0) {
        (void)area_text(area, 2, 2, STYLE_DIM, TEXT("Nothing was posted in this run"));
        return;
    }
    int each = area.columns >= 100 ? 1 : area.columns >= 60 ? 2 : 5;
    table_resize(&outcomes->table, count);
    table_fit(&outcomes->table, (size_t)((area.rows - 2) / each > 0 ? (area.rows - 2) / each : 1));
    for (size_t i = 0; i < outcomes->table.shown && outcomes->table.top + i < count; i++) {
        size_t index = outcomes->table.top + i;
        const struct posting *posting = postings[index];
        int row = 2 + (int)i * each;
        char clock[SHOW_CLOCK_MAX];
        char line[POSTING_TELL_MAX];
        enum style style = posting_tell(posting, console->now_ms, line);
        int at = area_print(area, row, 1, STYLE_DIM, "%s %s ",
                            index == outcomes->table.selected ? ">" : " ",
                            show_clock(posting->intent.at, clock));
        struct area text = area_part(area, row, at, each, area.columns - at);
        (void)area_wrap(text, 0, style, text_of(line));
        if (index == outcomes->table.selected) {
            area_cursor(area, row, 1);
        }
    }
}

const struct screen_ops screen_outcomes = {
    .name = "Outcomes",
    .size = sizeof(struct outcomes),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .draw = draw,
    .key = key,
};
