#include "client/reply.h"

#include "contract/bind.h"

/* {"state", "outcome"}: what the outcome is depends on the command, which only the caller knows. */
static bool bind_outcome(const struct node *node, struct arena *arena, struct client_reply *out)
{
    static const char *const names[] = {"unknown", "done", "refused"};
    static const uint8_t states[] = {OUTCOME_UNKNOWN, OUTCOME_DONE, OUTCOME_REFUSED};
    const struct node *state = node_find(node, "state");
    const struct node *outcome = node_find(node, "outcome");
    if (state == NULL || state->type != NODE_TEXT) {
        return false;
    }
    for (size_t i = 0; i < 3; i++) {
        if (!text_is(state->text, names[i])) {
            continue;
        }
        out->outcome.state = states[i];
        out->outcome.outcome.node = outcome;
        if (states[i] == OUTCOME_REFUSED) {
            struct problem *problem = arena_zero(arena, 1, sizeof *problem);
            out->outcome.error = problem;
            return outcome != NULL && bind_problem(outcome, problem);
        }
        return true;
    }
    return false;
}

bool reply_bind(const struct wire_reply *reply, struct arena *arena, struct client_reply *out)
{
    out->replayed = reply->replayed;
    if (!reply->ok) {
        out->result = CLIENT_PROBLEM;
        out->problem = reply->problem;
        return true;
    }
    out->result = CLIENT_OK;
    if (out->op == OP_GET_OUTCOME || out->op == OP_ABANDON_KEY) {
        return bind_outcome(reply->result, arena, out);
    }
    const struct shape *shape = message_of(out->op)->result;
    if (shape == NULL) {
        return true;
    }
    void *value = arena_zero(arena, 1, shape->size);
    out->value = value;
    return value != NULL && bind_result(reply->result, shape, arena, value);
}
