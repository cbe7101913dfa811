/* Sign in: the API key, typed or pasted, never shown. */
#include "screens/screens.h"
#include "widgets/input.h"

struct sign_in {
    struct input key;
    uint64_t asked;
    bool refused;
};

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct sign_in *sign_in = screen->state;
    (void)args;
    sign_in->refused = client_auth(console->client).size > 0;
    input_init(&sign_in->key, CLIENT_AUTH_MAX - 1, true);
}

static void leave(struct console *console, struct screen *screen)
{
    (void)console;
    struct sign_in *sign_in = screen->state;
    input_clear(&sign_in->key);
}

static bool typing(const struct screen *screen)
{
    (void)screen;
    return true;
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct sign_in *sign_in = screen->state;
    bool changed = false;
    (void)console;
    if (key->pasted && !(key->code > ' ' && key->code < 0x7f)) {
        return; /* the line break behind a copied key */
    }
    if (input_key(&sign_in->key, key, &changed) && changed) {
        sign_in->refused = false;
    }
}

static void try_key(struct console *console, struct screen *screen)
{
    struct sign_in *sign_in = screen->state;
    if (sign_in->key.size == 0) {
        return;
    }
    if (!console_online(console)) {
        console_say(console, STYLE_WARN, "The bank does not answer: the key cannot be tried now");
        return;
    }
    client_set_auth(console->client, input_text(&sign_in->key));
    sign_in->asked = call_list_accounts(console_caller(console, screen, 0), (struct text){0}, 1, 0);
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct sign_in *sign_in = screen->state;
    if (reply->id != sign_in->asked) {
        return;
    }
    sign_in->asked = 0;
    if (reply->result == CLIENT_OK) {
        console_pop(console);
        console_say(console, STYLE_GOOD, "Signed in");
        console_signed_in(console);
        return;
    }
    sign_in->refused =
        reply->result == CLIENT_PROBLEM && reply->problem.status == STATUS_unauthenticated;
    input_clear(&sign_in->key);
    if (!sign_in->refused) {
        console_say(console, STYLE_BAD, "%s",
                    reply->result == CLIENT_PROBLEM ? status_row(reply->problem.status)->detail
                                                    : "The bank did not answer: try again");
    }
}

static void quit(struct console *console, struct screen *screen)
{
    (void)screen;
    console->quit = true;
}

static const struct action actions[] = {
    {TERM_ENTER, TERM_F0 + 10, "Sign in", "Try the key", try_key, NULL},
    {TERM_ESCAPE, TERM_F0 + 3, "Quit", "Leave the console", quit, NULL},
};

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct sign_in *sign_in = screen->state;
    int width = area.columns - 4 < 70 ? area.columns - 4 : 70;
    (void)console;
    (void)area_text(area, 1, 2, STYLE_STRONG, TEXT("SIGN IN"));
    (void)area_fit(area, 3, 2, area.columns - 2, STYLE_PLAIN,
                   TEXT("Your key (tk_…), typed or pasted; it is not shown"));
    input_draw(&sign_in->key, area, 4, 2, width, true);
    if (sign_in->asked != 0) {
        (void)area_text(area, 6, 2, STYLE_DIM, TEXT("asking the bank…"));
    } else if (sign_in->refused) {
        (void)area_text(area, 6, 2, STYLE_BAD, TEXT("! The bank does not know that key"));
    }
}

const struct screen_ops screen_sign_in = {
    .name = "Sign in",
    .size = sizeof(struct sign_in),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .typing = typing,
    .key = key,
    .reply = reply,
    .leave = leave,
};
