#include "service/pin_call.h"

#include "registry/pins.h"

struct pin_call {
    struct pin_job job; /* first: the pool knows no more */
    struct registry *registry;
    struct call *call;
    struct pool_box *box;
};

static void run(struct pin_job *job)
{
    struct pin_call *asked = (struct pin_call *)(void *)job;
    struct call *call = asked->call;
    struct session_result *out = arena_zero(call->arena, 1, sizeof *out);
    if (out == NULL) {
        problem_set(&call->problem, STATUS_unavailable, "%s", "");
    } else if (call->message->op == OP_SET_PIN) {
        enum status status = registry_set_pin(asked->registry, call->args, &call->problem);
        CHECK(status == call->problem.status);
    } else if (registry_open_session(asked->registry, call->args, &call->who, out, call->arena,
                                     &call->problem) == STATUS_ok) {
        call->result = (struct any){.shape = call->message->result, .value = out};
    }
    pool_box_put(asked->box, call);
}

bool pin_call_submit(struct pin_pool *pool, struct registry *registry, struct call *call,
                     struct pool_box *box)
{
    struct pin_call *asked = arena_zero(call->arena, 1, sizeof *asked);
    if (asked == NULL) {
        problem_set(&call->problem, STATUS_unavailable, "%s", "");
        return false;
    }
    *asked = (struct pin_call){.job.run = run, .registry = registry, .call = call, .box = box};
    if (pin_pool_submit(pool, &asked->job))
        return true;
    problem_set(&call->problem, STATUS_unavailable,
                "Too many people are at their PINs: try again in a moment.");
    return false;
}
