#include "screens/may.h"

#include "client/calls.h"
#include "screens/console.h"

#define RETRY_MS 5000

void may_restart(struct console *console)
{
    client_forget_owner(console->client, MAY_OWNER);
    console->webhooks = MAY_UNKNOWN;
    console->may_asked = 0;
    console->may_retry_ms = 0;
}

void may_turn(struct console *console)
{
    if (console->webhooks != MAY_UNKNOWN || console->may_asked != 0 ||
        console->now_ms < console->may_retry_ms || !console_online(console)) {
        return;
    }
    struct caller caller = {
        .client = console->client, .owner = MAY_OWNER, .now_ms = console->now_ms};
    console->may_asked = call_list_webhooks(caller, 1, (struct text){NULL, 0});
}

void may_reply(struct console *console, const struct client_reply *reply)
{
    if (reply->id != console->may_asked) {
        return;
    }
    console->may_asked = 0;
    console->may_retry_ms = console->now_ms + RETRY_MS;
    if (reply->result == CLIENT_OK) {
        console->webhooks = MAY_YES;
    } else if (reply->result == CLIENT_PROBLEM && reply->problem.status == STATUS_forbidden) {
        console->webhooks = MAY_NO;
    }
}
