/* The form of a history's filter: writes into the filter of the history below it. */
#include <stdio.h>
#include <string.h>

#include "base/currency.h"
#include "base/time.h"
#include "model/show.h"
#include "screens/screens.h"
#include "widgets/amount_input.h"
#include "widgets/dialog.h"
#include "widgets/form.h"

#define LABEL_WIDTH 8
#define DAY_COLUMNS 14

enum { FILTER_KIND, FILTER_FROM, FILTER_TO, FILTER_MIN, FILTER_MAX, FILTER_TEXT, FILTER_COUNT };

struct filter_form {
    struct filter_args args;
    struct form form;
    enum trail_kind kind;
    struct input from, to, text;
    struct amount_input min, max;
};

static void set_amount(struct amount_input *input, struct money amount)
{
    char plain[MONEY_TEXT_MAX];
    if (amount.minor > 0) {
        input_set(&input->input,
                  text_of(money_print(amount, currency_exponent(input->currency), plain)));
    }
}

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct filter_form *form = screen->state;
    char day[DAY_TEXT_MAX];
    (void)console;
    form->args = *(const struct filter_args *)args;
    const struct trail_filter *filter = form->args.filter;
    form->form.count = FILTER_COUNT;
    form->kind = filter->kind;
    input_init(&form->from, 10, false);
    input_init(&form->to, 10, false);
    input_init(&form->text, TRAIL_TEXT_MAX, false);
    amount_input_init(&form->min, form->args.currency, AMOUNT_LEAST_ONE);
    amount_input_init(&form->max, form->args.currency, AMOUNT_LEAST_ONE);
    if (filter->has_from) {
        input_set(&form->from, text_of(day_print(filter->from, day)));
    }
    if (filter->has_to) {
        input_set(&form->to, text_of(day_print(filter->to, day)));
    }
    input_set(&form->text, text_of(filter->text));
    set_amount(&form->min, filter->min);
    set_amount(&form->max, filter->max);
}

static bool typing(const struct screen *screen)
{
    (void)screen;
    return true;
}

/* A blank, or a letter that begins its name, changes the kind. */
static void change_kind(struct filter_form *form, int32_t code)
{
    bool back = code == TERM_LEFT;
    if (code == ' ' || code == TERM_RIGHT || back) {
        form->kind = (enum trail_kind)(((int)form->kind + (back ? TRAIL_KIND_COUNT - 1 : 1)) %
                                       TRAIL_KIND_COUNT);
        return;
    }
    for (int i = 1; i <= TRAIL_KIND_COUNT; i++) {
        enum trail_kind kind = (enum trail_kind)(((int)form->kind + i) % TRAIL_KIND_COUNT);
        if (code != 0 && trail_kind_name(kind)[0] == (char)code && code < 0x80) {
            form->kind = kind;
            return;
        }
    }
}

static bool take_day(const struct input *input, int32_t *day, bool *given)
{
    *given = input->size > 0;
    return !*given || day_parse(input_text(input), day);
}

static const char *take_days(struct filter_form *form, struct trail_filter *out, int32_t today)
{
    if (!take_day(&form->from, &out->from, &out->has_from) ||
        (out->has_from && out->from > today)) {
        form->form.focus = FILTER_FROM;
        return "Type the first day as 2026-02-01, today at the latest";
    }
    if (!take_day(&form->to, &out->to, &out->has_to) ||
        (out->has_to && out->has_from && out->to < out->from)) {
        form->form.focus = FILTER_TO;
        return "Type the last day as 2026-02-28; it is not before the first one";
    }
    out->has_to = out->has_to && out->to < today;
    return NULL;
}

static const char *take_amounts(struct filter_form *form, struct trail_filter *out)
{
    struct amount min = amount_input_value(&form->min);
    struct amount max = amount_input_value(&form->max);
    if (min.verdict == AMOUNT_REFUSED) {
        form->form.focus = FILTER_MIN;
        return "The least amount is not clear";
    }
    if (max.verdict == AMOUNT_REFUSED || (max.verdict == AMOUNT_OK && min.verdict == AMOUNT_OK &&
                                          max.value.minor < min.value.minor)) {
        form->form.focus = FILTER_MAX;
        return "The most is not clear, or below the least";
    }
    out->min = min.verdict == AMOUNT_OK ? min.value : (struct money){0};
    out->max = max.verdict == AMOUNT_OK ? max.value : (struct money){0};
    return NULL;
}

static void apply(struct console *console, struct screen *screen)
{
    struct filter_form *form = screen->state;
    struct trail_filter filter = {.kind = form->kind};
    const char *why = take_days(form, &filter, day_of(console->wall_us));
    why = why != NULL ? why : take_amounts(form, &filter);
    if (why != NULL) {
        console_say(console, STYLE_WARN, "%s", why);
        return;
    }
    (void)snprintf(filter.text, sizeof filter.text, "%.*s", TEXT_ARGS(input_text(&form->text)));
    *form->args.filter = filter;
    *form->args.changed = true;
    console_pop(console);
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct filter_form *form = screen->state;
    struct input *inputs[FILTER_COUNT] = {
        NULL, &form->from, &form->to, &form->min.input, &form->max.input, &form->text};
    bool changed = false;
    switch (form_key(&form->form, key)) {
    case FORM_DONE:
        apply(console, screen);
        break;
    case FORM_STAYS:
        if (form->form.focus == FILTER_KIND && !key->pasted) {
            change_kind(form, key->code);
        } else if (form->form.focus != FILTER_KIND) {
            (void)input_key(inputs[form->form.focus], key, &changed);
        }
        break;
    case FORM_MOVED:
        break;
    }
}

static const struct action actions[] = {
    {TERM_F0 + 10, TERM_CONTROL('x'), "or ^X Show",
     "Show what matches; Enter in the last field too", apply, NULL},
    {TERM_ESCAPE, TERM_F0 + 3, "Cancel", "Back, as it was", console_pop_action, NULL},
    {TERM_TAB, TERM_BACKTAB, NULL, "The next field, the one before", NULL, NULL},
    {' ', TERM_RIGHT, NULL, "In the kind: the next one; or its first letter", NULL, NULL},
    {TERM_CONTROL('u'), 0, NULL, "Empty the field", NULL, NULL},
};

static void draw_kind(const struct filter_form *form, struct area box, int row, bool focused)
{
    (void)area_text(box, row, 0, STYLE_PLAIN, TEXT("Kind"));
    (void)area_text(box, row, LABEL_WIDTH, STYLE_PLAIN, TEXT("["));
    (void)area_fit(box, row, LABEL_WIDTH + 1, DAY_COLUMNS - 2, STYLE_FIELD,
                   text_of(trail_kind_name(form->kind)));
    (void)area_text(box, row, LABEL_WIDTH + DAY_COLUMNS - 1, STYLE_PLAIN, TEXT("]"));
    if (focused) {
        area_cursor(box, row, LABEL_WIDTH + 1);
    }
    if (focused && box.columns > LABEL_WIDTH + DAY_COLUMNS + 14) {
        (void)area_text(box, row, LABEL_WIDTH + DAY_COLUMNS + 1, STYLE_DIM, TEXT("Space: next"));
    }
}

static void draw_day(const struct input *input, struct area box, int row, const char *label,
                     bool focused)
{
    int32_t day = 0;
    (void)area_text(box, row, 0, STYLE_PLAIN, text_of(label));
    input_draw(input, box, row, LABEL_WIDTH, DAY_COLUMNS, focused);
    int at = LABEL_WIDTH + DAY_COLUMNS + 1;
    if (input->size == 0 && box.columns > at + 10) {
        (void)area_text(box, row, at, STYLE_DIM, TEXT("2026-02-28"));
    } else if (input->size == 10 && !day_parse(input_text(input), &day)) {
        (void)area_text(box, row, at, STYLE_WARN, TEXT("! no day"));
    }
}

/* Field and, beside it, how it is understood. */
static void draw_amount(const struct amount_input *input, struct area box, int row,
                        const char *label, bool focused)
{
    struct amount amount = amount_input_value(input);
    char money[SHOW_MONEY_MAX];
    (void)area_text(box, row, 0, STYLE_PLAIN, text_of(label));
    input_draw(&input->input, box, row, LABEL_WIDTH, DAY_COLUMNS, focused);
    int at = LABEL_WIDTH + DAY_COLUMNS + 1;
    if (amount.verdict == AMOUNT_REFUSED) {
        (void)area_fit(box, row, at, box.columns - at, STYLE_WARN, text_of(amount.why));
    } else if (amount.verdict == AMOUNT_OK) {
        (void)show_money_in(amount.value, input->currency, money);
        at = area_text(box, row, at, STYLE_DIM, TEXT("= "));
        (void)area_amount(box, row, at, area_columns(box, text_of(money)), STYLE_STRONG, money);
    }
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct filter_form *form = screen->state;
    (void)console;
    struct area box = dialog_open(area, FILTER_COUNT, 60, "FILTER · the bank's days, in UTC");
    size_t focus = form->form.focus;
    draw_kind(form, box, 0, focus == FILTER_KIND);
    draw_day(&form->from, box, 1, "From", focus == FILTER_FROM);
    draw_day(&form->to, box, 2, "To", focus == FILTER_TO);
    draw_amount(&form->min, box, 3, "Least", focus == FILTER_MIN);
    draw_amount(&form->max, box, 4, "Most", focus == FILTER_MAX);
    (void)area_text(box, 5, 0, STYLE_PLAIN, TEXT("Text"));
    input_draw(&form->text, box, 5, LABEL_WIDTH, box.columns - LABEL_WIDTH, focus == FILTER_TEXT);
}

const struct screen_ops screen_filter = {
    .name = "Filter",
    .size = sizeof(struct filter_form),
    .over = true,
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .typing = typing,
    .key = key,
};
