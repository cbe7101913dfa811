#include "screens/frame.h"

#include <stdio.h>
#include <string.h>

#include "model/show.h"

#define SPINNER_AFTER_MS 150
#define SECONDS_AFTER_MS 2000
#define MESSAGE_ROWS_MAX 3

static const char *spinner(const struct console *console, bool ascii)
{
    static const char *const turns[] = {"⠋", "⠙", "⠸", "⠴", "⠦", "⠇"};
    static const char *const plain[] = {"|", "/", "-", "\\"};
    size_t step = (size_t)(console->now_ms / 150);
    return ascii ? plain[step % 4] : turns[step % 6];
}

static enum style draw_state(const struct console *console, bool ascii, char *out, size_t size)
{
    int64_t waiting = client_waiting_ms(console->client, console->now_ms);
    switch (client_state(console->client)) {
    case CLIENT_CONNECTING:
        (void)snprintf(out, size, "%s connecting", spinner(console, ascii));
        return STYLE_BAR;
    case CLIENT_DOWN:
        (void)snprintf(out, size, "○ offline");
        return STYLE_ALARM;
    default:
        break;
    }
    if (waiting >= SECONDS_AFTER_MS) {
        (void)snprintf(out, size, "%s waiting %lld s", spinner(console, ascii),
                       (long long)(waiting / 1000));
    } else if (waiting >= SPINNER_AFTER_MS) {
        (void)snprintf(out, size, "%s waiting", spinner(console, ascii));
    } else {
        (void)snprintf(out, size, "● online %lld ms",
                       (long long)client_latency_ms(console->client));
    }
    return STYLE_BAR;
}

/* What is not as it usually is stands beside the name; in narrow windows, in its place. */
static int draw_name(const struct console *console, struct area bar)
{
    if (bar.columns < 60) {
        return area_text(bar, 0, 1, STYLE_BAR, console->hides ? TEXT("HIDDEN") : TEXT("TELLER"));
    }
    return area_print(bar, 0, 1, STYLE_BAR, "TELLER%s%s", console->hides ? " · AMOUNTS HIDDEN" : "",
                      console->mouse ? " · MOUSE" : "");
}

static void draw_bar(struct console *console, struct area bar)
{
    char state[64];
    char clock[SHOW_CLOCK_MAX];
    area_clear(bar, STYLE_BAR);
    enum style style = draw_state(console, bar.surface->ascii, state, sizeof state);
    int right = bar.columns - 1 - area_columns(bar, text_of(show_clock(console->wall_us, clock)));
    (void)area_text(bar, 0, right, STYLE_BAR, text_of(clock));
    right -= area_columns(bar, text_of(state)) + 2;
    (void)area_text(bar, 0, right, style, text_of(state));
    int at = draw_name(console, bar);
    if (right - at > 8) {
        (void)area_fit(bar, 0, at + 2, right - at - 4, STYLE_BAR,
                       text_of(client_endpoint(console->client)));
    }
}

/* What the message line says; "" when there is nothing to say. */
static enum style message_text(const struct console *console, bool narrow, char *out, size_t size)
{
    size_t open = poster_open_count(&console->poster);
    const char *said = console->message;
    if (client_state(console->client) != CLIENT_UP) {
        int64_t wait = (client_retry_in_ms(console->client, console->now_ms) + 999) / 1000;
        const char *format = narrow ? "NO ANSWER · posting is off · %lld s (F5)%s%s"
                                    : "NO ANSWER FROM THE BANK · posting is off · next try in "
                                      "%lld s (F5 now)%s%s";
        (void)snprintf(out, size, format, (long long)wait, said[0] != '\0' ? " · " : "", said);
        return STYLE_ALARM;
    }
    (void)snprintf(out, size, "%s", said);
    if (said[0] == '\0' && open > 0) {
        (void)snprintf(out, size, "%zu outcome%s still open · o at home shows %s", open,
                       open == 1 ? "" : "s", open == 1 ? "it" : "them");
        return STYLE_WARN;
    }
    return console->message_style;
}

static int hint_rows(struct area whole)
{
    return whole.rows >= 20 ? 2 : 1;
}

void frame_message(struct console *console, struct area whole)
{
    char text[CONSOLE_MESSAGE_MAX + 128];
    enum style style = message_text(console, whole.columns < 80, text, sizeof text);
    if (text[0] == '\0') {
        return;
    }
    int last = whole.rows - hint_rows(whole);
    int rows = area_wrap_rows(whole, text_of(text));
    rows = rows < MESSAGE_ROWS_MAX ? rows : MESSAGE_ROWS_MAX;
    struct area line = area_part(whole, last - rows, 0, rows, whole.columns);
    area_clear(line, style);
    (void)area_wrap(line, 0, style, text_of(text));
}

/* While somebody types, a character is text: then the alias is the key. */
static int32_t usable_key(const struct action *action, bool typing)
{
    if (!typing || !term_key_is_character(action->key)) {
        return action->key;
    }
    return term_key_is_character(action->alias) ? TERM_NONE : action->alias;
}

/* One table of actions into the rows; returns false when there is no room left. */
static bool draw_actions(struct console *console, struct area hints, const struct action *actions,
                         size_t count, int *row, int *column)
{
    struct screen *top = console_top(console);
    bool typing = top->ops->typing != NULL && top->ops->typing(top);
    for (size_t i = 0; i < count; i++) {
        const struct action *action = &actions[i];
        if (action->label == NULL || (action->when != NULL && !action->when(console, top))) {
            continue;
        }
        int32_t key = usable_key(action, typing);
        if (key == TERM_NONE) {
            continue;
        }
        char name[TERM_KEY_NAME_MAX];
        (void)term_key_name(key, name);
        int width =
            area_columns(hints, text_of(name)) + 1 + area_columns(hints, text_of(action->label));
        if (*column + width > hints.columns) {
            *column = 1;
            if (++*row >= hints.rows) {
                return false;
            }
        }
        int at = area_text(hints, *row, *column, STYLE_STRONG, text_of(name));
        (void)area_text(hints, *row, at + 1, STYLE_DIM, text_of(action->label));
        *column += width + 2;
    }
    return true;
}

/* The way to the help is always there, however little room the others have. */
static void draw_hints(struct console *console, struct area hints)
{
    const struct screen *top = console_top(console);
    bool typing = top->ops->typing != NULL && top->ops->typing(top);
    struct text help = top->ops == screens_all[SCREEN_HELP] ? TEXT("")
                       : typing                             ? TEXT("F1 Help ")
                                                            : TEXT("? Help ");
    int row = 0;
    int column = 1;
    struct area left = hints;
    left.columns =
        area_right(area_part(hints, hints.rows - 1, 0, 1, hints.columns), 0, STYLE_DIM, help) - 1;
    if (draw_actions(console, left, top->ops->actions, top->ops->action_count, &row, &column)) {
        (void)draw_actions(console, left, console_actions, console_action_count, &row, &column);
    }
}

struct area frame_draw(struct console *console, struct area whole)
{
    int hints = hint_rows(whole);
    draw_bar(console, area_part(whole, 0, 0, 1, whole.columns));
    draw_hints(console, area_part(whole, whole.rows - hints, 0, hints, whole.columns));
    return area_part(whole, 1, 0, whole.rows - hints - 2, whole.columns);
}
