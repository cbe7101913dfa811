/* The palette: every action of the console by its name, from the same tables that the keys are
 * dispatched by. What can be done now comes first; what belongs to another screen is told with
 * the screen's name. It does what the action's key would do, and nothing that a key would not. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "screens/screens.h"
#include "widgets/dialog.h"
#include "widgets/input.h"
#include "widgets/table.h"

#define ENTRIES_MAX 256
#define NOWHERE SIZE_MAX

struct entry {
    const struct action *action;
    const struct screen_ops *ops; /* NULL: an action of every screen */
    size_t depth;                 /* of the screen that does it; NOWHERE: none that is open */
    int score;                    /* how well it fits what is typed; 0: not at all */
    size_t order;
};

struct palette {
    struct input find;
    struct table table;
    struct entry entries[ENTRIES_MAX];
    size_t count;
    struct entry shown[ENTRIES_MAX];
    bool below_typed; /* the screen below was being typed into */
};

static bool is_known(const struct palette *palette, const struct action *action)
{
    for (size_t i = 0; i < palette->count; i++) {
        if (palette->entries[i].action == action ||
            strcmp(palette->entries[i].action->help, action->help) == 0) {
            return true;
        }
    }
    return false;
}

static void add(struct palette *palette, const struct action *action, const struct screen_ops *ops,
                size_t depth)
{
    if (palette->count < ENTRIES_MAX && action->run != NULL && !is_known(palette, action)) {
        palette->entries[palette->count] =
            (struct entry){.action = action, .ops = ops, .depth = depth, .order = palette->count};
        palette->count++;
    }
}

static void add_screen(struct console *console, struct palette *palette, size_t depth)
{
    const struct screen *screen = &console->stack[depth];
    for (size_t i = 0; i < screen->ops->action_count; i++) {
        if (console_can(console, screen, &screen->ops->actions[i])) {
            add(palette, &screen->ops->actions[i], screen->ops, depth);
        }
    }
}

/* Going back from a form would lose what was typed into it: what is below waits until it is done.
 */
static bool holds_input(const struct screen *screen)
{
    const struct screen_ops *ops = screen->ops;
    return ops->by_hand || (ops->listen == NULL && ops->typing != NULL && ops->typing(screen));
}

static void gather(struct console *console, struct palette *palette)
{
    size_t below = console->depth - 2;
    for (size_t depth = below + 1; depth-- > 0;) {
        if (!console->stack[depth].ops->by_hand) {
            add_screen(console, palette, depth);
        }
        if (holds_input(&console->stack[depth])) {
            break;
        }
    }
    for (size_t i = 0; i < console_action_count; i++) {
        if (console_can(console, &console->stack[below], &console_actions[i])) {
            add(palette, &console_actions[i], NULL, below);
        }
    }
    for (size_t id = 0; id < SCREEN_COUNT; id++) {
        const struct screen_ops *ops = screens_all[id];
        for (size_t i = 0; ops != NULL && ops != screens_all[SCREEN_PALETTE] && !ops->by_hand &&
                           i < ops->action_count;
             i++) {
            add(palette, &ops->actions[i], ops, NOWHERE);
        }
    }
}

static bool letter_is(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Where `wanted` stands in `text`, letters of either case; NULL: nowhere. */
static const char *find(const char *text, const char *wanted)
{
    for (; *text != '\0'; text++) {
        size_t same = 0;
        while (wanted[same] != '\0' && letter_is(text[same], wanted[same])) {
            same++;
        }
        if (wanted[same] == '\0') {
            return text;
        }
    }
    return NULL;
}

/* Its letters in their order, with others between. */
static bool is_scattered(const char *text, const char *wanted)
{
    while (*wanted == ' ') {
        wanted++;
    }
    for (; *text != '\0' && *wanted != '\0'; text++) {
        if (letter_is(*text, *wanted)) {
            do {
                wanted++;
            } while (*wanted == ' ');
        }
    }
    return *wanted == '\0';
}

static int score_of(const struct entry *entry, const char *wanted)
{
    const struct action *action = entry->action;
    char text[512];
    char name[TERM_KEY_NAME_MAX];
    (void)snprintf(text, sizeof text, "%s %s %s", action->label != NULL ? action->label : "",
                   action->help, entry->ops != NULL ? entry->ops->name : "");
    const char *place = find(text, wanted);
    int open = entry->depth != NOWHERE ? 8 : 0;
    if (wanted[0] == '\0') {
        return open + 1;
    }
    if (strcmp(term_key_name(action->key, name), wanted) == 0) {
        return open + 7;
    }
    if (place != NULL) {
        return open + (place == text ? 6 : place[-1] == ' ' ? 5 : 3);
    }
    return is_scattered(text, wanted) ? open + 1 : 0;
}

static int better_first(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    if (left->score != right->score) {
        return left->score > right->score ? -1 : 1;
    }
    return left->order < right->order ? -1 : 1;
}

static void filter(struct palette *palette)
{
    char wanted[INPUT_BYTES_MAX];
    (void)snprintf(wanted, sizeof wanted, "%.*s", TEXT_ARGS(input_text(&palette->find)));
    size_t count = 0;
    for (size_t i = 0; i < palette->count; i++) {
        palette->entries[i].score = score_of(&palette->entries[i], wanted);
        if (palette->entries[i].score > 0) {
            palette->shown[count++] = palette->entries[i];
        }
    }
    qsort(palette->shown, count, sizeof *palette->shown, better_first);
    palette->table.selected = 0;
    palette->table.top = 0;
    table_resize(&palette->table, count);
}

static void listen(struct console *console, bool typing)
{
    struct screen *below = &console->stack[console->depth - 2];
    if (below->ops->listen != NULL) {
        below->ops->listen(below, typing);
    }
}

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct palette *palette = screen->state;
    const struct screen *below = &console->stack[console->depth - 2];
    (void)args;
    input_init(&palette->find, 60, false);
    palette->below_typed = below->ops->typing != NULL && below->ops->typing(below);
    listen(console, false);
    gather(console, palette);
    filter(palette);
}

static bool typing(const struct screen *screen)
{
    (void)screen;
    return true;
}

static struct table *table(struct screen *screen)
{
    return &((struct palette *)screen->state)->table;
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct palette *palette = screen->state;
    bool changed = false;
    (void)console;
    if (!key->pasted && key->code != TERM_HOME && key->code != TERM_END &&
        table_key(&palette->table, key->code, false)) {
        return;
    }
    if (input_key(&palette->find, key, &changed) && changed) {
        filter(palette);
    }
}

static void cancel(struct console *console, struct screen *screen)
{
    listen(console, ((struct palette *)screen->state)->below_typed);
    console_pop(console);
}

static void take(struct console *console, struct screen *screen)
{
    struct palette *palette = screen->state;
    if (palette->table.selected >= palette->table.count) {
        console_say(console, STYLE_WARN, "Nothing of that name: Esc goes back");
        return;
    }
    struct entry entry = palette->shown[palette->table.selected];
    if (entry.depth == NOWHERE) {
        console_say(console, STYLE_WARN, "That is done on the screen %s", entry.ops->name);
        return;
    }
    console_pop(console);
    while (console->depth > entry.depth + 1) {
        console_pop(console);
    }
    struct screen *owner = console_top(console);
    if (console_can(console, owner, entry.action)) {
        entry.action->run(console, owner);
    } else {
        console_say(console, STYLE_WARN, "That cannot be done now");
    }
}

static const struct action actions[] = {
    {TERM_ENTER, 0, "Do it", "Do what is selected", take, NULL},
    {TERM_ESCAPE, TERM_F0 + 3, "Back", "Back; nothing is done", cancel, NULL},
    {TERM_CONTROL('p'), 0, NULL, "Back; nothing is done", cancel, NULL},
    {TERM_UP, TERM_DOWN, NULL, "A row up or down", NULL, NULL},
};

static void draw_entry(const struct palette *palette, struct area list, int row, size_t index)
{
    const struct entry *entry = &palette->shown[index];
    bool selected = index == palette->table.selected;
    enum style style = selected                  ? STYLE_SELECTED
                       : entry->depth == NOWHERE ? STYLE_DIM
                                                 : STYLE_PLAIN;
    char name[TERM_KEY_NAME_MAX];
    char alias[TERM_KEY_NAME_MAX] = "";
    char keys[2 * TERM_KEY_NAME_MAX + 4];
    (void)term_key_name(entry->action->alias, alias);
    (void)snprintf(keys, sizeof keys, "%s %s", term_key_name(entry->action->key, name), alias);
    const char *where = entry->ops != NULL ? entry->ops->name : "";
    int width = list.columns >= 60 ? 12 : 5; /* of the keys */
    int side = list.columns >= 60 ? 14 : 0;
    area_fill(list, row, 0, list.columns, style);
    (void)area_text(list, row, 0, style, selected ? TEXT(">") : TEXT(" "));
    (void)area_fit(list, row, 2, width, style, text_of(keys));
    (void)area_fit(list, row, 3 + width, list.columns - 4 - width - side, style,
                   text_of(entry->action->help));
    if (side > 0) {
        (void)area_fit(list, row, list.columns - side, side, style, text_of(where));
    }
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct palette *palette = screen->state;
    (void)console;
    struct area box = dialog_open(area, 16, 76, "COMMAND");
    struct area list = area_part(box, 1, 0, box.rows - 1, box.columns);
    table_fit(&palette->table, (size_t)list.rows);
    table_place(&palette->table, list, 1);
    for (size_t i = 0; i < palette->table.shown; i++) {
        size_t index = palette->table.top + i;
        if (index < palette->table.count) {
            draw_entry(palette, list, (int)i, index);
        }
    }
    if (palette->table.count == 0) {
        (void)area_text(list, 0, 2, STYLE_DIM, TEXT("nothing of that name"));
    }
    int at = area_text(box, 0, 0, STYLE_STRONG, TEXT(": "));
    input_draw_open(&palette->find, box, 0, at, box.columns - at, true);
}

const struct screen_ops screen_palette = {
    .name = "Command",
    .size = sizeof(struct palette),
    .over = true,
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .typing = typing,
    .key = key,
    .table = table,
};
