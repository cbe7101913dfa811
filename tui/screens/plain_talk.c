#include "screens/plain_talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "term/glyph.h"

#define ONLINE_MS 10000

static void put(struct plain *plain, struct text text)
{
    struct bytes out;
    struct glyph glyph;
    bytes_init(&out, 1 << 16);
    for (size_t at = 0; at < text.size;) {
        if (text.data[at] == '\n') {
            bytes_put_u8(&out, '\n');
            at++;
        } else if (glyph_next(text, &at, plain->io->ascii, &glyph)) {
            bytes_put(&out, glyph.text, glyph.size);
        }
    }
    plain->io->say(plain->io->context, bytes_text(&out));
    bytes_close(&out);
}

void plain_say(struct plain *plain, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    CHECK(size >= 0);
    put(plain, (struct text){text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1});
}

void plain_cell(struct plain *plain, int width, bool right, const char *text)
{
    int columns = glyph_columns(text_of(text), plain->io->ascii);
    int gap = width > columns ? width - columns : 0;
    plain_say(plain, "%*s%s%*s  ", right ? gap : 0, "", text, right ? 0 : gap, "");
}

struct caller plain_caller(struct plain *plain)
{
    return console_caller(&plain->console, console_top(&plain->console), 0);
}

void plain_news(struct plain *plain)
{
    struct console *console = &plain->console;
    if (console->message[0] != '\0') {
        plain_say(plain, "%s\n", console->message);
        console->message[0] = '\0';
    }
}

bool plain_turn(struct plain *plain, bool for_line)
{
    int64_t now_ms = 0;
    int64_t wall_us = 0;
    plain->io->now(plain->io->context, &now_ms, &wall_us);
    console_turn(&plain->console, now_ms, wall_us);
    if (!plain->over && !plain->io->wait(plain->io->context, for_line)) {
        plain->over = true;
        plain->signalled = true;
    }
    return !plain->over;
}

bool plain_wrong(struct plain *plain, const char *why)
{
    plain_say(plain, "! %s\n", why);
    if (!plain->io->interactive) {
        plain->code = EX_DATAERR;
    }
    return false;
}

static void cut_blanks(char *line)
{
    size_t skip = strspn(line, " \t\r");
    size_t size = strlen(line + skip);
    memmove(line, line + skip, size + 1);
    while (size > 0 && strchr(" \t\r", line[size - 1]) != NULL) {
        line[--size] = '\0';
    }
}

static bool wait_for_line(struct plain *plain, char out[PLAIN_LINE_MAX])
{
    while (!plain->over) {
        enum plain_input input = plain->io->line(plain->io->context, out);
        if (input == PLAIN_INPUT_LINE) {
            cut_blanks(out);
            return true;
        }
        if (input == PLAIN_INPUT_END) {
            plain_say(plain, "\n");
            plain->over = true;
        } else if (!plain_turn(plain, true)) {
            break;
        }
    }
    return false;
}

bool plain_ask(struct plain *plain, const char *question, char out[PLAIN_LINE_MAX])
{
    plain_news(plain);
    plain_say(plain, "%s", question);
    bool answered = wait_for_line(plain, out);
    if (answered && !plain->io->interactive) {
        plain_say(plain, "%s\n", out);
    }
    return answered;
}

bool plain_ask_hidden(struct plain *plain, const char *question, char out[PLAIN_LINE_MAX])
{
    plain_news(plain);
    plain->io->hide(plain->io->context, true);
    plain_say(plain, "%s", question);
    bool answered = wait_for_line(plain, out);
    plain->io->hide(plain->io->context, false);
    if (!plain->io->interactive || !answered) {
        plain_say(plain, "\n");
    }
    return answered;
}

bool plain_online(struct plain *plain)
{
    int64_t start = plain->console.now_ms;
    while (!console_online(&plain->console)) {
        if (plain->console.now_ms - start > ONLINE_MS) {
            plain_say(plain, "NO ANSWER FROM THE BANK at %s\n",
                      client_endpoint(plain->console.client));
            plain->code = EX_TEMPFAIL;
            return false;
        }
        if (!plain_turn(plain, false)) {
            return false;
        }
    }
    return true;
}

void plain_problem(struct plain *plain, const struct client_reply *reply)
{
    if (reply->result == CLIENT_LOST) {
        plain_say(plain, "NO ANSWER FROM THE BANK\n");
        plain->code = EX_TEMPFAIL;
        return;
    }
    const struct problem *problem = &reply->problem;
    plain_say(plain, "%s\n",
              problem->detail[0] != '\0' ? problem->detail : status_row(problem->status)->detail);
    plain->code = problem->status == STATUS_unauthenticated ? EX_NOPERM : EX_DATAERR;
}

static bool wait_for_reply(struct plain *plain, uint64_t request)
{
    if (request == 0) {
        plain_say(plain, "NO ANSWER FROM THE BANK\n");
        plain->code = EX_TEMPFAIL;
        return false;
    }
    plain->asked = request;
    plain->answered = false;
    plain->failed = false;
    while (!plain->answered) {
        if (!plain_turn(plain, false)) {
            return false;
        }
    }
    return !plain->failed;
}

bool plain_reply(struct plain *plain, uint64_t request,
                 void (*take)(struct plain *plain, const struct client_reply *reply, void *context),
                 void *context)
{
    plain->take = take;
    plain->context = context;
    plain->takes_all = false;
    return wait_for_reply(plain, request);
}

bool plain_reply_all(struct plain *plain, uint64_t request,
                     void (*take)(struct plain *plain, const struct client_reply *reply,
                                  void *context),
                     void *context)
{
    plain->take = take;
    plain->context = context;
    plain->takes_all = true;
    return wait_for_reply(plain, request);
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct plain *plain = *(struct plain **)screen->state;
    (void)console;
    if (reply->id != plain->asked || plain->answered) {
        return;
    }
    plain->answered = true;
    plain->failed = reply->result != CLIENT_OK;
    bool refused =
        reply->result == CLIENT_PROBLEM && reply->problem.status == STATUS_unauthenticated;
    plain->signed_in = plain->signed_in && !refused;
    if (plain->failed && !plain->takes_all) {
        plain_problem(plain, reply);
    } else {
        plain->take(plain, reply, plain->context);
    }
}

static void enter(struct console *console, struct screen *screen, const void *args)
{
    (void)console;
    *(struct plain **)screen->state = (struct plain *)(uintptr_t)args;
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    (void)console;
    (void)screen;
    (void)area; /* it has lines, and no screen */
}

const struct screen_ops screen_plain = {
    .name = "Plain",
    .size = sizeof(struct plain *),
    .by_hand = true,
    .enter = enter,
    .draw = draw,
    .reply = reply,
};
