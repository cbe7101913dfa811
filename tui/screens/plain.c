#include "screens/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "screens/plain_talk.h"

struct command {
    const char *name, *help;
    bool (*run)(struct plain *plain, const char *rest); /* false: it failed */
};

static bool help(struct plain *plain, const char *rest);

static bool quit(struct plain *plain, const char *rest)
{
    (void)rest;
    plain->over = true;
    return true;
}

static const struct command commands[] = {
    {"find", "find NAME-OR-NUMBER       accounts by words of the name, or by number", plain_find},
    {"account", "account NUMBER            an account and its newest movements", plain_show},
    {"history", "history NUMBER [FROM [TO]]  its movements, of days like 2026-02-01",
     plain_history},
    {"more", "more                      the older movements behind those", plain_more},
    {"balance", "balance NUMBER [MOMENT]   now, or as of 2026-02-28 or 2026-02-28 14:30",
     plain_balance},
    {"statement", "statement NUMBER [MONTH]  a month's statement: 2026-02", plain_statement},
    {"print", "print NUMBER [MONTH]      that statement on paper, or into a file", plain_print},
    {"export", "export NUMBER [MONTH]     that statement into files, as text and as CSV",
     plain_export},
    {"deposit", "deposit NUMBER            asks for amount and reference, then for review",
     plain_deposit},
    {"withdraw", "withdraw NUMBER", plain_withdraw},
    {"transfer", "transfer NUMBER           from that account; asks for the other one",
     plain_transfer},
    {"receipt", "receipt [#POSTING]        of that posting or the newest, on paper or into a file",
     plain_receipt},
    {"open", "open [OWNER]              a new account; asks for its currency, then for review",
     plain_open},
    {"pin", "pin NUMBER                sets the account's PIN; what is typed is not shown",
     plain_pin},
    {"outcomes", "outcomes                  what was posted in this run, and what is open",
     plain_outcomes},
    {"check", "check                     asks for what is open now", plain_check},
    {"totals", "totals                    of this run, by currency", plain_totals},
    {"help", "help", help},
    {"quit", "quit                      or the end of the input", quit},
};

static bool help(struct plain *plain, const char *rest)
{
    (void)rest;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        plain_say(plain, "  %s\n", commands[i].help);
    }
    return true;
}

static bool obey(struct plain *plain, const char *line)
{
    size_t size = strcspn(line, " \t");
    const char *rest = line + size + strspn(line + size, " \t");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (text_is((struct text){line, size}, commands[i].name)) {
            return commands[i].run(plain, rest);
        }
    }
    plain_say(plain, "! There is no such command: help shows what there is\n");
    plain->code = EX_DATAERR;
    return false;
}

/* False: nothing can be done here without another key, or nobody sits here to wait. */
static bool is_welcome(struct plain *plain)
{
    return plain->signed_in || plain_sign_in(plain) ||
           (plain->io->interactive && plain->code != EX_NOPERM);
}

static void serve(struct plain *plain)
{
    char line[PLAIN_LINE_MAX];
    while (!plain->over && is_welcome(plain) && plain_ask(plain, "> ", line)) {
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        plain->code = EX_OK;
        if (!obey(plain, line) && !plain->io->interactive) {
            plain->code = plain->code == EX_OK ? EX_DATAERR : plain->code;
            return;
        }
    }
}

int plain_run(const struct console_config *config, const struct plain_io *io)
{
    struct plain *plain = calloc(1, sizeof *plain);
    int64_t now_ms = 0;
    int64_t wall_us = 0;
    CHECK(plain != NULL);
    plain->io = io;
    io->now(io->context, &now_ms, &wall_us);
    struct console_config own = *config;
    own.plain = plain;
    console_open(&plain->console, &own, now_ms, wall_us);
    if (plain_online(plain)) {
        plain_say(plain, "TELLER %s\n", client_endpoint(plain->console.client));
        serve(plain);
    }
    plain_news(plain);
    size_t open = poster_open_count(&plain->console.poster);
    if (open > 0) {
        plain_say(plain, "%zu outcome%s still open: looked up at the next start\n", open,
                  open == 1 ? "" : "s");
        plain->code = EX_TEMPFAIL;
    }
    bool well = io->interactive && open == 0 && !plain->signalled && plain->code != EX_NOPERM;
    int code = well ? EX_OK : plain->code;
    console_close(&plain->console);
    free(plain);
    return code;
}
