#include "screens/pin.h"

#include "contract/args.h"
#include "screens/screens.h"

static bool is_digits(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return true;
}

const char *pin_fault(struct text first, struct text again)
{
    if (first.size < ARG_PIN_MIN || first.size > ARG_PIN_MAX || !is_digits(first)) {
        return "A PIN has four to eight digits";
    }
    return text_equal(first, again) ? NULL : "The two are not the same: type both again";
}

const char *pin_tell(const struct client_reply *reply, enum style *style)
{
    if (reply->result == CLIENT_OK) {
        *style = STYLE_GOOD;
        return "The PIN is set";
    }
    if (reply->result == CLIENT_LOST) {
        *style = STYLE_WARN;
        return "No answer came: whether it is set is not known. Set it again";
    }
    *style = STYLE_BAD;
    if (reply->problem.status == STATUS_forbidden) {
        return "Not set: your key may not set PINs";
    }
    return reply->problem.detail[0] != '\0' ? reply->problem.detail
                                            : status_row(reply->problem.status)->detail;
}

static struct caller caller_of(const struct console *console)
{
    return (struct caller){
        .client = console->client, .owner = PIN_OWNER, .now_ms = console->now_ms};
}

uint64_t pin_send(struct console *console, uint64_t account, struct text pin)
{
    return call_set_pin(caller_of(console), account, pin);
}

void pin_scrub(struct console *console)
{
    (void)call_scrub(caller_of(console), 0);
}

void pin_reply(struct console *console, const struct client_reply *reply)
{
    enum style style = STYLE_PLAIN;
    if (reply->op != OP_SET_PIN) {
        return; /* a scrub's */
    }
    pin_scrub(console);
    for (size_t i = console->depth; i > 0; i--) {
        struct screen *screen = &console->stack[i - 1];
        if (screen->ops == &screen_set_pin) {
            screen->ops->reply(console, screen, reply);
            return;
        }
    }
    const char *told = pin_tell(reply, &style);
    console_say(console, style, "%s", told);
}
