/* What the keys of a screen do, from its own table. */
#include <stdio.h>

#include "screens/screens.h"
#include "widgets/dialog.h"
#include "widgets/table.h"

struct help {
    const struct screen_ops *about;
    struct table table;
};

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct help *help = screen->state;
    (void)console;
    help->about = ((const struct screen *)args)->ops;
    help->table.count = help->about->action_count + console_action_count;
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct help *help = screen->state;
    (void)console;
    if (!key->pasted) {
        (void)table_key(&help->table, key->code, true);
    }
}

static struct table *table(struct screen *screen)
{
    return &((struct help *)screen->state)->table;
}

static const struct action actions[] = {
    {TERM_ESCAPE, '?', "Back", "Back", console_pop_action, NULL},
    {TERM_F0 + 3, TERM_F0 + 1, NULL, "Back", console_pop_action, NULL},
    {TERM_ENTER, 'q', NULL, "Back", console_pop_action, NULL},
};

/* A row of a table of actions; in narrow windows the sentence has a row of its own. */
static void draw_row(const struct help *help, struct area box, int row, size_t index, int each)
{
    const struct action *action = index < help->about->action_count
                                      ? &help->about->actions[index]
                                      : &console_actions[index - help->about->action_count];
    char name[TERM_KEY_NAME_MAX];
    char alias[TERM_KEY_NAME_MAX] = "";
    char keys[2 * TERM_KEY_NAME_MAX + 4];
    (void)term_key_name(action->alias, alias);
    (void)snprintf(keys, sizeof keys, "%s%s%s", term_key_name(action->key, name),
                   action->alias != 0 ? " " : "", action->alias != 0 ? alias : "");
    bool selected = index == help->table.selected;
    (void)area_fit(box, row, 0, 12, STYLE_STRONG, text_of(keys));
    int at = each == 1 ? 13 : 2;
    (void)area_fit(box, row + each - 1, at, box.columns - at, STYLE_PLAIN, text_of(action->help));
    if (selected) {
        area_cursor(box, row, 0);
    }
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct help *help = screen->state;
    char title[64];
    (void)console;
    (void)snprintf(title, sizeof title, "HELP · %s", help->about->name);
    int each = area.columns < 70 ? 2 : 1;
    struct area box = dialog_open(area, (int)help->table.count * each, 72, title);
    table_fit(&help->table, (size_t)(box.rows / each));
    table_place(&help->table, box, each);
    for (size_t i = 0; i < help->table.shown && help->table.top + i < help->table.count; i++) {
        draw_row(help, box, (int)i * each, help->table.top + i, each);
    }
}

const struct screen_ops screen_help = {
    .name = "Help",
    .size = sizeof(struct help),
    .over = true,
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .key = key,
    .table = table,
};
