/* What every page of the machine looks like, and the small things they share. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/show.h"
#include "screens/atm_page.h"
#include "widgets/dialog.h"

#define MESSAGE_ROWS_MAX 3

char atm_letter(const struct term_key *key)
{
    if (key->pasted) {
        return '\0';
    }
    if (key->code >= 'a' && key->code <= 'z') {
        return (char)(key->code - 'a' + 'A');
    }
    return key->code >= 'A' && key->code <= 'Z' ? (char)key->code : '\0';
}

bool atm_type(struct input *input, const struct term_key *key, const char *allowed)
{
    bool changed = false;
    bool digit = key->code >= '0' && key->code <= '9';
    bool other = key->code > 0 && key->code < 0x7f && strchr(allowed, (int)key->code) != NULL;
    if (digit || other || key->code == TERM_BACKSPACE) {
        (void)input_key(input, key, &changed);
    }
    return changed;
}

const char *atm_problem_text(const struct client_reply *reply)
{
    if (reply->result == CLIENT_LOST) {
        return "The bank did not answer. Please try again.";
    }
    if (reply->result == CLIENT_PROBLEM) {
        return reply->problem.detail[0] != '\0' ? reply->problem.detail
                                                : status_row(reply->problem.status)->detail;
    }
    return "The bank's answer was not understood. Please try again.";
}

int atm_gap(struct area area)
{
    return area.rows >= 16 ? 2 : 1;
}

int atm_title(struct area area, const char *title)
{
    (void)area_fit(area, 0, 0, area.columns, STYLE_STRONG, text_of(title));
    return atm_gap(area);
}

int atm_choices(struct area area, int row, const struct atm_choice *choices, int count)
{
    int columns = count > 4 ? 2 : 1;
    int rows = (count + columns - 1) / columns;
    int width = area.columns / columns;
    int gap = area.rows - row >= rows * 2 ? atm_gap(area) : 1;
    for (int i = 0; i < count; i++) {
        int at_row = row + i % rows * gap;
        int at = i / rows * width;
        char letter[2] = {choices[i].letter, '\0'};
        at = area_text(area, at_row, at, STYLE_STRONG, text_of(letter));
        (void)area_fit(area, at_row, at + 2, i / rows * width + width - at - 2, STYLE_PLAIN,
                       text_of(choices[i].label));
    }
    return row + rows * gap;
}

int atm_text(struct area area, int row, enum style style, const char *text)
{
    return row + area_wrap(area, row, style, text_of(text));
}

int atm_text_print(struct area area, int row, enum style style, const char *format, ...)
{
    char text[ATM_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return atm_text(area, row, style, text);
}

static void draw_bar(const struct atm *atm, struct area bar)
{
    char clock[SHOW_CLOCK_MAX];
    area_clear(bar, STYLE_BAR);
    (void)area_text(bar, 0, 1, STYLE_BAR, TEXT("TELLER · cash machine"));
    (void)show_clock(atm->wall_us, clock);
    (void)area_text(bar, 0, bar.columns - 1 - area_columns(bar, text_of(clock)), STYLE_BAR,
                    text_of(clock));
}

static void draw_message(const struct atm *atm, struct area whole)
{
    if (atm->message[0] == '\0') {
        return;
    }
    int rows = area_wrap_rows(whole, text_of(atm->message));
    rows = rows < MESSAGE_ROWS_MAX ? rows : MESSAGE_ROWS_MAX;
    struct area line = area_part(whole, whole.rows - rows, 0, rows, whole.columns);
    area_clear(line, atm->message_style);
    (void)area_wrap(line, 0, atm->message_style, text_of(atm->message));
}

static void draw_warning(const struct atm *atm, struct area body)
{
    body.surface->cursor_on = false;
    struct area box = dialog_open(body, 5, 34, "ARE YOU STILL THERE?");
    int left = atm_silence_left_s(&atm->silence, atm->now_ms);
    int row =
        atm_text_print(box, 0, STYLE_WARN, "This ends in %d second%s.", left, left == 1 ? "" : "s");
    row = atm_text(box, row, STYLE_PLAIN, "Nothing will be done.");
    (void)atm_text(box, row + (box.rows > 3 ? 1 : 0), STYLE_STRONG, "Press any key for more time.");
}

void atm_frame(struct atm *atm, struct area whole, const struct atm_page *page)
{
    int margin = whole.columns >= 60 ? 4 : 1;
    int top = whole.rows >= 20 ? 3 : 2;
    struct area body =
        area_part(whole, top, margin, whole.rows - top - 1, whole.columns - 2 * margin);
    draw_bar(atm, area_part(whole, 0, 0, 1, whole.columns));
    page->draw(atm, body);
    draw_message(atm, whole);
    if (atm->warned) {
        draw_warning(atm, area_part(whole, 1, 0, whole.rows - 1, whole.columns));
    }
}
