/* What is typed unseen: the API key, and an account's new PIN. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "screens/pin.h"
#include "screens/plain_talk.h"

#define KEY_TRIES 3

static void take_probe(struct plain *plain, const struct client_reply *reply, void *context)
{
    bool *refused = context;
    *refused = reply->result == CLIENT_PROBLEM && reply->problem.status == STATUS_unauthenticated;
    if (reply->result == CLIENT_LOST) {
        plain_problem(plain, reply);
    }
}

/* Any question does: only whether the key is known counts. False: no answer. */
static bool probe(struct plain *plain, bool *refused)
{
    *refused = false;
    bool good = plain_reply_all(
        plain, call_list_accounts(plain_caller(plain), (struct text){NULL, 0}, 1, 0), take_probe,
        refused);
    return good || (plain->answered && plain->code != EX_TEMPFAIL);
}

static bool ask_key(struct plain *plain)
{
    char key[PLAIN_LINE_MAX];
    bool typed = plain_ask_hidden(plain, "API key (not shown): ", key);
    if (typed) {
        client_set_auth(plain->console.client, text_of(key));
    }
    explicit_bzero(key, sizeof key);
    return typed && client_auth(plain->console.client).size > 0;
}

bool plain_sign_in(struct plain *plain)
{
    bool refused = false;
    if (!probe(plain, &refused)) {
        return false;
    }
    bool asked = refused;
    for (int i = 0; refused && plain->io->interactive && i < KEY_TRIES; i++) {
        if (!ask_key(plain) || !probe(plain, &refused)) {
            break;
        }
        if (refused) {
            plain_say(plain, "! The bank does not know that key\n");
        }
    }
    if (refused) {
        plain_say(plain, plain->io->interactive
                             ? "Not signed in\n"
                             : "! The bank wants another API key: name its file with --key-file\n");
        plain->code = EX_NOPERM;
        return false;
    }
    plain->signed_in = true;
    if (asked) {
        console_signed_in(&plain->console);
        plain_say(plain, "Signed in\n");
    }
    return true;
}

static void take_pin(struct plain *plain, const struct client_reply *reply, void *context)
{
    enum style style = STYLE_PLAIN;
    const char *told = pin_tell(reply, &style);
    (void)context;
    plain_say(plain, "%s%s\n", style == STYLE_GOOD ? "" : "! ", told);
    if (style != STYLE_GOOD) {
        plain->code = reply->result == CLIENT_LOST ? EX_TEMPFAIL : EX_DATAERR;
    }
}

static bool set_pin(struct plain *plain, uint64_t account, const char *pin)
{
    uint64_t request = call_set_pin(plain_caller(plain), account, text_of(pin));
    bool set = plain_reply_all(plain, request, take_pin, NULL);
    pin_scrub(&plain->console);
    return set;
}

bool plain_pin(struct plain *plain, const char *rest)
{
    char first[PLAIN_LINE_MAX];
    char again[PLAIN_LINE_MAX];
    struct account_row row;
    if (!plain_account(plain, rest, "Account: ", &row)) {
        return false;
    }
    plain_tell_account(plain, &row);
    bool typed = plain_ask_hidden(plain, "New PIN, 4 to 8 digits (not shown): ", first) &&
                 plain_ask_hidden(plain, "Again: ", again);
    const char *why = typed ? pin_fault(text_of(first), text_of(again)) : NULL;
    bool set = typed && why == NULL && plain_online(plain) && set_pin(plain, row.account, first);
    explicit_bzero(first, sizeof first);
    explicit_bzero(again, sizeof again);
    return why != NULL ? plain_wrong(plain, why) : set;
}
