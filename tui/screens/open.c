/* The form of a new account. It opens nothing: it opens the review. */
#include <stdio.h>

#include "base/currency.h"
#include "model/wish.h"
#include "screens/screens.h"
#include "widgets/amount_input.h"
#include "widgets/form.h"

#define LABEL_WIDTH 12

enum { FORM_OWNER, FORM_CURRENCY, FORM_INITIAL, FORM_COUNT };

struct open_form {
    struct form form;
    struct input owner, currency;
    struct amount_input initial;
};

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct open_form *form = screen->state;
    (void)console;
    (void)args;
    form->form.count = FORM_COUNT;
    input_init(&form->owner, 140, false);
    input_init(&form->currency, 3, false);
    amount_input_init(&form->initial, 0, AMOUNT_LEAST_ZERO);
}

static bool typing(const struct screen *screen)
{
    (void)screen;
    return true;
}

static const struct currency *currency_of(const struct open_form *form)
{
    return wish_currency(input_text(&form->currency));
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct open_form *form = screen->state;
    struct input *inputs[FORM_COUNT] = {&form->owner, &form->currency, &form->initial.input};
    bool changed = false;
    switch (form_key(&form->form, key)) {
    case FORM_DONE:
        console_say(console, STYLE_PLAIN, "F10 or ^X shows it for review");
        break;
    case FORM_STAYS:
        (void)input_key(inputs[form->form.focus], key, &changed);
        break;
    case FORM_MOVED:
        break;
    }
    const struct currency *currency = currency_of(form);
    form->initial.currency = currency != NULL ? currency->number : 0;
}

static const char *fault(struct open_form *form)
{
    struct amount initial = amount_input_value(&form->initial);
    struct wish_fault fault =
        wish_open_fault(input_text(&form->owner), input_text(&form->currency), &initial);
    if (fault.why != NULL) {
        form->form.focus = fault.field == WISH_OWNER      ? FORM_OWNER
                           : fault.field == WISH_CURRENCY ? FORM_CURRENCY
                                                          : FORM_INITIAL;
    }
    return fault.why;
}

static void review(struct console *console, struct screen *screen)
{
    struct open_form *form = screen->state;
    const char *why = fault(form);
    if (why != NULL) {
        console_say(console, STYLE_WARN, "%s", why);
        return;
    }
    struct review_args args = {.intent = {.op = OP_CREATE_ACCOUNT,
                                          .amount = amount_input_value(&form->initial).value,
                                          .currency = currency_of(form)->number}};
    (void)snprintf(args.intent.owner, sizeof args.intent.owner, "%.*s",
                   TEXT_ARGS(input_text(&form->owner)));
    console_push(console, SCREEN_REVIEW, &args);
}

static const struct action actions[] = {
    {TERM_F0 + 10, TERM_CONTROL('x'), "or ^X Review", "Show it for review; nothing is opened yet",
     review, NULL},
    {TERM_ESCAPE, TERM_F0 + 3, "Cancel", "Back; nothing is opened", console_pop_action, NULL},
    {TERM_TAB, TERM_BACKTAB, NULL, "The next field, the one before", NULL, NULL},
    {TERM_CONTROL('u'), 0, NULL, "Empty the field", NULL, NULL},
};

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct open_form *form = screen->state;
    const struct currency *currency = currency_of(form);
    int width = area.columns - LABEL_WIDTH - 2 < 60 ? area.columns - LABEL_WIDTH - 2 : 60;
    int row = area.rows >= 14 ? 2 : 1;
    (void)console;
    (void)area_text(area, 0, 1, STYLE_STRONG, TEXT("OPEN AN ACCOUNT"));
    (void)area_text(area, row, 2, STYLE_PLAIN, TEXT("Owner"));
    input_draw(&form->owner, area, row, LABEL_WIDTH, width, form->form.focus == FORM_OWNER);
    (void)area_text(area, row + 1, 2, STYLE_PLAIN, TEXT("Currency"));
    input_draw(&form->currency, area, row + 1, LABEL_WIDTH, 6, form->form.focus == FORM_CURRENCY);
    if (currency != NULL) {
        (void)area_text(area, row + 1, LABEL_WIDTH + 8, STYLE_STRONG, text_of(currency->name));
    } else if (form->currency.size == 3) {
        (void)area_text(area, row + 1, LABEL_WIDTH + 8, STYLE_WARN, TEXT("! no such currency"));
    }
    (void)area_text(area, row + 2, 2, STYLE_PLAIN, TEXT("Initial"));
    amount_input_draw(&form->initial, area, row + 2, LABEL_WIDTH, form->form.focus == FORM_INITIAL);
    if (form->initial.input.size == 0 && area.columns >= 60) {
        (void)area_text(area, row + 2, LABEL_WIDTH + AMOUNT_INPUT_WIDTH + 1, STYLE_DIM,
                        TEXT("optional"));
    }
}

const struct screen_ops screen_open = {
    .name = "Open account",
    .size = sizeof(struct open_form),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .typing = typing,
    .key = key,
};
