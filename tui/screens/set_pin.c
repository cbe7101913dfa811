/* A new PIN for the account, typed twice. It is in no other place than these two fields, and is
 * wiped as soon as it is sent, and whenever the screen is left. */
#include <stdio.h>
#include <string.h>

#include "model/show.h"
#include "screens/pin.h"
#include "screens/screens.h"
#include "widgets/dialog.h"
#include "widgets/form.h"
#include "widgets/input.h"

#define BOX_ROWS 5
#define BOX_COLUMNS 56
#define FIELD_AT 8
#define FIELD_COLUMNS (ARG_PIN_MAX + 3)

enum { PIN_FIRST, PIN_AGAIN, PIN_FIELDS };

struct set_pin {
    struct account_row account;
    struct form form;
    struct input inputs[PIN_FIELDS];
    uint64_t asked;
    bool done;
    char text[CONSOLE_MESSAGE_MAX]; /* what became of it, or what is wrong */
    enum style style;
};

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct set_pin *pin = screen->state;
    pin->account = *(const struct account_row *)args;
    pin->form.count = PIN_FIELDS;
    input_init(&pin->inputs[PIN_FIRST], ARG_PIN_MAX, true);
    input_init(&pin->inputs[PIN_AGAIN], ARG_PIN_MAX, true);
    console_discard_keys(console);
}

static void wipe(struct set_pin *pin)
{
    input_clear(&pin->inputs[PIN_FIRST]);
    input_clear(&pin->inputs[PIN_AGAIN]);
    pin->form.focus = PIN_FIRST;
}

static void leave(struct console *console, struct screen *screen)
{
    (void)console;
    wipe(screen->state);
}

static bool typing(const struct screen *screen)
{
    (void)screen;
    return true;
}

static void tell(struct set_pin *pin, enum style style, const char *text)
{
    pin->style = style;
    (void)snprintf(pin->text, sizeof pin->text, "%s", text);
}

static void set(struct console *console, struct screen *screen)
{
    struct set_pin *pin = screen->state;
    if (pin->asked != 0) {
        return;
    }
    const char *why =
        pin_fault(input_text(&pin->inputs[PIN_FIRST]), input_text(&pin->inputs[PIN_AGAIN]));
    if (why == NULL && !console_online(console)) {
        why = "Nothing was sent: the bank does not answer";
    }
    if (why != NULL) {
        wipe(pin);
        tell(pin, STYLE_WARN, why);
        return;
    }
    pin->asked = pin_send(console, pin->account.account, input_text(&pin->inputs[PIN_FIRST]));
    wipe(pin);
    tell(pin, STYLE_WARN, pin->asked != 0 ? "" : "Nothing was sent: type it again");
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct set_pin *pin = screen->state;
    enum style style = STYLE_PLAIN;
    const char *told = pin_tell(reply, &style);
    if (reply->id != pin->asked) { /* of an earlier dialog */
        console_say(console, style, "%s", told);
        return;
    }
    pin->asked = 0;
    pin->done = reply->result == CLIENT_OK;
    tell(pin, style, told);
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct set_pin *pin = screen->state;
    bool changed = false;
    if (pin->asked != 0 || pin->done) {
        return;
    }
    switch (form_key(&pin->form, key)) {
    case FORM_DONE:
        set(console, screen);
        break;
    case FORM_STAYS:
        if (term_key_is_character(key->code) && (key->code < '0' || key->code > '9')) {
            tell(pin, STYLE_WARN, "Digits only");
            break;
        }
        (void)input_key(&pin->inputs[pin->form.focus], key, &changed);
        pin->text[0] = changed ? '\0' : pin->text[0];
        break;
    case FORM_MOVED:
        break;
    }
}

static bool is_done(const struct console *console, const struct screen *screen)
{
    (void)console;
    return ((const struct set_pin *)screen->state)->done;
}

static bool is_open(const struct console *console, const struct screen *screen)
{
    return !is_done(console, screen);
}

static const struct action actions[] = {
    {TERM_F0 + 10, TERM_CONTROL('x'), "or ^X Set", "Set the PIN; Enter in the last field too", set,
     is_open},
    {TERM_ESCAPE, TERM_F0 + 3, "Cancel", "Back; nothing is set", console_pop_action, is_open},
    {TERM_ENTER, TERM_ESCAPE, "Close", "Back", console_pop_action, is_done},
    {TERM_TAB, TERM_BACKTAB, NULL, "The other field", NULL, NULL},
    {TERM_CONTROL('u'), 0, NULL, "Empty the field", NULL, NULL},
};

static void draw(struct console *console, struct screen *screen, struct area area)
{
    static const char *const labels[] = {"PIN", "Again"};
    struct set_pin *pin = screen->state;
    char title[64];
    char number[SHOW_ACCOUNT_MAX];
    (void)console;
    (void)snprintf(title, sizeof title, "SET PIN · %s", show_account(pin->account.account, number));
    struct area box = dialog_open(area, BOX_ROWS, BOX_COLUMNS, title);
    (void)area_fit(box, 0, 0, box.columns, STYLE_PLAIN, text_of(pin->account.owner));
    for (size_t i = 0; i < PIN_FIELDS; i++) {
        int row = 1 + (int)i;
        (void)area_text(box, row, 0, STYLE_PLAIN, text_of(labels[i]));
        input_draw(&pin->inputs[i], box, row, FIELD_AT, FIELD_COLUMNS,
                   !pin->done && pin->form.focus == i);
    }
    (void)area_text(box, 1, FIELD_AT + FIELD_COLUMNS + 1, STYLE_DIM, TEXT("4 to 8 digits"));
    struct text text = pin->asked != 0 ? TEXT("setting…") : text_of(pin->text);
    (void)area_wrap(area_part(box, 3, 0, box.rows - 3, box.columns), 0,
                    pin->asked != 0 ? STYLE_DIM : pin->style, text);
}

const struct screen_ops screen_set_pin = {
    .name = "Set PIN",
    .size = sizeof(struct set_pin),
    .over = true,
    .by_hand = true,
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .typing = typing,
    .key = key,
    .reply = reply,
    .leave = leave,
};
