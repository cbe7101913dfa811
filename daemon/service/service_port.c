/* A door's port: where its calls are while they are in flight. Everything here runs on the door's
 * thread; what comes back from the engine and the pool comes through their own letter boxes. */
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>

#include "base/time.h"
#include "host/log.h"
#include "service/admit.h"
#include "service/command.h"
#include "service/inside.h"
#include "service/pin_call.h"
#include "service/reading.h"

/* As soon as a turn has so many commands they go to the engine, which decides them while the door
 * reads on. */
#define PORT_PART_COMMANDS 4

struct port_queue {
    struct call *first, *last;
};

/* The turn's commands that the engine does not have yet. */
struct port_part {
    struct engine_request *first, *last;
    size_t requests, commands;
};

struct service_port {
    struct service *service;
    struct engine_port *engine;
    struct reading reading;
    struct pool_box box;
    int fd; /* the engine port's; pool and projector write it too */
    bool draining;

    struct port_queue done;
    bool looked; /* into the letter boxes, since service_take last had nothing: a look is a system
                    call, and what comes after it makes the fd readable again */
    /* Waiting for "seen". Until when a call waits only grows along the queue, and what it needs
     * does too (feeds coming back need less and lose nothing), so that the head is all there is
     * to look at. */
    struct port_queue parked;
    struct port_queue feeds; /* GetChanges without news */
    size_t feed_count;
    uint64_t feeds_seen; /* "seen" when the feeds were last looked at */
    int64_t feeds_due;   /* steady: the first wait that is over */
    struct port_part part;
    bool turn_open;    /* the engine has parts of this turn, and waits for the rest */
    bool turn_refused; /* it had no room: a pipeline keeps its order, the later ones are too */
    size_t calls, at_engine, at_pool;
};

static void queue_push(struct port_queue *queue, struct call *call)
{
    call->next = NULL;
    if (queue->first == NULL)
        queue->first = call;
    else
        queue->last->next = call;
    queue->last = call;
}

static struct call *queue_pop(struct port_queue *queue)
{
    struct call *call = queue->first;
    if (call != NULL) {
        queue->first = call->next;
        call->next = NULL;
    }
    return call;
}

static int64_t port_now(const struct service_port *port)
{
    struct clock *clock = port->service->config.clock;
    return clock->steady(clock);
}

static uint64_t port_seen(const struct service_port *port)
{
    return projector_seen(projector_thread_projector(port->service->config.projector));
}

struct service_port *service_port_open(struct service *service)
{
    struct service_port *port = calloc(1, sizeof *port);
    CHECK(port != NULL);
    port->service = service;
    port->feeds_due = INT64_MAX;
    if (!reading_open(&port->reading, &service->config)) {
        free(port);
        return NULL;
    }
    port->engine = engine_port_new();
    CHECK(port->engine != NULL);
    port->fd = engine_port_fd(port->engine);
    pool_box_init(&port->box, port->fd);
    return port;
}

int service_fd(const struct service_port *port)
{
    return port->fd;
}

/* ---- giving back */

static void port_finish(struct service_port *port, struct call *call)
{
    call->status = call->problem.status;
    if (call->status == STATUS_unavailable && call->problem.retry_after_s == 0)
        call->problem.retry_after_s = SERVICE_RETRY_AFTER_S;
    queue_push(&port->done, call);
}

static void port_refuse(struct service_port *port, struct call *call, const char *why)
{
    problem_set(&call->problem, STATUS_unavailable, "%s", why);
    port_finish(port, call);
}

/* Brings in what the engine and the pool have answered. */
static void port_collect(struct service_port *port)
{
    struct engine_request *request = engine_port_take(port->engine);
    while (request != NULL) {
        struct call *call = request->owner;
        request = request->next;
        port->at_engine--;
        command_finish(call, &port->reading);
        port_finish(port, call);
    }
    struct call *call = pool_box_take(&port->box);
    while (call != NULL) {
        struct call *next = call->next;
        port->at_pool--;
        port_finish(port, call);
        call = next;
    }
}

/* ---- waiting */

static void port_park(struct service_port *port, struct call *call, uint64_t needs_record)
{
    if (port->draining) {
        port_refuse(port, call, "The daemon is stopping: ask again in a moment.");
        return;
    }
    call->needs_record = needs_record;
    call->deadline = port_now(port) + SERVICE_WAIT_MAX_MS * (TIME_SECOND / 1000);
    queue_push(&port->parked, call);
}

static bool changes_are_empty(const struct call *call)
{
    return call->status == STATUS_ok &&
           ((const struct list_result *)call->result.value)->data.count == 0;
}

/* No news yet: waits on, unless the wait is over. True: it waits. */
static bool port_wait_for_news(struct service_port *port, struct call *call, uint64_t seen)
{
    const struct changes_query *args = call->args;
    if (args->wait_ms == 0 || port_now(port) >= call->news_until)
        return false;
    call->result = (struct any){.shape = NULL};
    if (port->feed_count == SERVICE_FEEDS_MAX) {
        problem_set(&call->problem, STATUS_unavailable, "Too many clients wait for changes.");
        return false;
    }
    if (port->feed_count == 0)
        port->feeds_seen = seen;
    if (call->news_until < port->feeds_due)
        port->feeds_due = call->news_until;
    port->feed_count++;
    queue_push(&port->feeds, call);
    return true;
}

/* Feeds that have news, or have waited long enough, go back to be asked again. */
static void port_look_at_feeds(struct service_port *port)
{
    uint64_t seen = port_seen(port);
    int64_t now = port_now(port);
    if (port->feed_count == 0 || (seen == port->feeds_seen && now < port->feeds_due))
        return;
    uint64_t position = reading_position(&port->reading);
    struct port_queue waiting = port->feeds;
    port->feeds = (struct port_queue){0};
    port->feeds_seen = seen;
    port->feeds_due = INT64_MAX;
    for (struct call *call; (call = queue_pop(&waiting)) != NULL;) {
        const struct changes_query *args = call->args;
        if (position > args->after || now >= call->news_until) {
            port->feed_count--;
            port_park(port, call, call->needs_record);
            continue;
        }
        if (call->news_until < port->feeds_due)
            port->feeds_due = call->news_until;
        queue_push(&port->feeds, call);
    }
}

/* ---- PINs */

static bool port_account_exists(struct service_port *port, struct call *call)
{
    const struct account_pin *args = call->args;
    return reading_account_exists(&port->reading, call, args->account);
}

static void port_ask_pins(struct service_port *port, struct call *call)
{
    struct service *service = port->service;
    if ((call->message->op == OP_SET_PIN && !port_account_exists(port, call)) ||
        !pin_call_submit(service->pins, service->config.registry, call, &port->box))
        port_finish(port, call);
    else
        port->at_pool++;
}

/* ---- running */

static void port_run(struct service_port *port, struct call *call)
{
    if (call->message->kind == MESSAGE_SEARCH) {
        if (!pool_submit(port->service->pool, call, &port->box))
            port_refuse(port, call, "Too many searches are waiting: ask again in a moment.");
        else
            port->at_pool++;
        return;
    }
    if (call->message->kind == MESSAGE_PIN) {
        port_ask_pins(port, call);
        return;
    }
    uint64_t seen = port_seen(port);
    reading_run(&port->reading, call);
    if (call->message->kind == MESSAGE_FEED && changes_are_empty(call) &&
        port_wait_for_news(port, call, seen))
        return;
    port_finish(port, call);
}

/* Runs the first parked call if it may run, or gives it up if it waited too long. False: there
 * was nothing to do. */
static bool port_advance(struct service_port *port)
{
    struct call *call = port->parked.first;
    if (call == NULL)
        return false;
    bool ready = port_seen(port) >= call->needs_record;
    if (!ready && port_now(port) < call->deadline)
        return false;
    CHECK(queue_pop(&port->parked) == call);
    if (ready)
        port_run(port, call);
    else
        port_refuse(port, call, "The views are behind: ask again in a moment.");
    return true;
}

/* Has the projector write the fd for whoever waits. False: what somebody waits for came about
 * just now. */
static bool port_arm(struct service_port *port)
{
    struct projector_thread *projector = port->service->config.projector;
    const struct call *parked = port->parked.first;
    if (parked != NULL && !projector_notify(projector, port->fd, parked->needs_record))
        return false;
    return port->feed_count == 0 || projector_notify(projector, port->fd, port->feeds_seen + 1);
}

struct call *service_take(struct service_port *port)
{
    do {
        if (!port->looked) {
            port_collect(port);
            port_look_at_feeds(port);
            port->looked = true;
        }
        while (port->done.first == NULL && port_advance(port))
            ;
        struct call *call = queue_pop(&port->done);
        if (call != NULL) {
            port->calls--;
            return call;
        }
        port->looked = false;
    } while (!port_arm(port));
    return NULL;
}

int service_timeout_ms(const struct service_port *port)
{
    if (port->done.first != NULL)
        return 0;
    int64_t due = port->feed_count == 0 ? INT64_MAX : port->feeds_due;
    if (port->parked.first != NULL && port->parked.first->deadline < due)
        due = port->parked.first->deadline;
    if (due == INT64_MAX)
        return -1;
    int64_t left = due - port_now(port);
    if (left <= 0)
        return 0;
    return (int)((left + 999) / 1000); /* rounded up: not before it is due */
}

/* ---- submitting */

/* The part goes to the engine as a whole, or comes back as one. It is no more than a batch and a
 * few commands; there is room for it unless the queue is full of what came before. */
static void port_hand_over(struct service_port *port)
{
    struct engine_thread *engine = port->service->config.engine;
    struct port_part part = port->part;
    port->part = (struct port_part){0};
    if (part.first == NULL)
        return;
    if (!port->turn_refused && engine_submit(engine, part.first, part.last, part.commands)) {
        port->at_engine += part.requests;
        return;
    }
    port->turn_refused = true;
    for (struct engine_request *next, *request = part.first; request != NULL; request = next) {
        next = request->next;
        port_refuse(port, request->owner, "The bank is busy: ask again in a moment.");
    }
}

static void port_close_turn(struct service_port *port)
{
    if (port->turn_open)
        engine_turn_end(port->service->config.engine);
    port->turn_open = false;
}

static void port_add_to_part(struct port_part *part, struct call *call)
{
    if (part->first == NULL)
        part->first = &call->request;
    else
        part->last->next = &call->request;
    part->last = &call->request;
    part->requests++;
    part->commands += call->request.count;
}

static void port_queue_request(struct service_port *port, struct call *call)
{
    if (!command_prepare(call, port->engine)) {
        port_finish(port, call);
        return;
    }
    port_add_to_part(&port->part, call);
    if (port->part.commands < PORT_PART_COMMANDS)
        return;
    if (!port->turn_open && !port->turn_refused) {
        engine_turn_begin(port->service->config.engine);
        port->turn_open = true;
    }
    port_hand_over(port);
    if (port->turn_refused)
        port_close_turn(port);
}

/* Writes the registry's file here and now, so what the turn has so far is not held up by it. */
static void port_ask_registry(struct service_port *port, struct call *call)
{
    port_hand_over(port);
    port_close_turn(port);
    struct registry *registry = port->service->config.registry;
    const struct shape *shape = call->message->result;
    void *out = shape == NULL ? NULL : arena_zero(call->arena, 1, shape->size);
    char key[REGISTRY_KEY_TEXT_MAX];
    enum status status = STATUS_unavailable;
    if (shape != NULL && out == NULL)
        problem_set(&call->problem, status, "%s", "");
    else if (call->message->op == OP_CREATE_KEY)
        status = registry_create_key(registry, call->args, key, out, call->arena, &call->problem);
    else if (call->message->op == OP_LIST_KEYS)
        status = registry_list_keys(registry, out, call->arena, &call->problem);
    else if (call->message->op == OP_CLOSE_SESSION)
        status = registry_close_session(registry, call->auth, &call->problem);
    else
        status = registry_revoke_key(registry, ((const struct key_name *)call->args)->name,
                                     &call->problem);
    if (status == STATUS_ok)
        call->result = (struct any){.shape = shape, .value = out};
    port_finish(port, call);
}

static void port_webhook_done(struct courier_call *webhook)
{
    struct call *call = webhook->owner;
    call->result = webhook->result;
    call->location = webhook->location;
    pool_box_put(call->state, call);
}

static void port_ask_webhooks(struct service_port *port, struct call *call)
{
    struct webhooks_thread *webhooks = port->service->config.webhooks;
    if (webhooks == NULL) {
        port_refuse(port, call, "This bank has no webhooks.");
        return;
    }
    call->state = &port->box;
    call->webhook = (struct courier_call){.op = call->message->op,
                                          .args = call->args,
                                          .arena = call->arena,
                                          .problem = &call->problem,
                                          .done = port_webhook_done,
                                          .owner = call};
    port->at_pool++; /* it comes back by the same box */
    if (webhooks_submit(webhooks, &call->webhook))
        return;
    port->at_pool--;
    port_refuse(port, call, "Too many requests about webhooks wait: ask again in a moment.");
}

static void port_route(struct service_port *port, struct call *call)
{
    switch (call->message->kind) {
    case MESSAGE_COMMAND:
    case MESSAGE_LOOKUP:
        port_queue_request(port, call);
        return;
    case MESSAGE_FEED:
        call->news_until =
            port_now(port) +
            (int64_t)((const struct changes_query *)call->args)->wait_ms * (TIME_SECOND / 1000);
        port_park(port, call, engine_thread_committed(port->service->config.engine));
        return;
    case MESSAGE_QUERY:
    case MESSAGE_SEARCH:
        port_park(port, call, engine_thread_committed(port->service->config.engine));
        return;
    case MESSAGE_REGISTRY:
        port_ask_registry(port, call);
        return;
    case MESSAGE_PIN: /* an account that was acknowledged may be given a PIN at once */
        if (call->message->op == OP_SET_PIN)
            port_park(port, call, engine_thread_committed(port->service->config.engine));
        else
            port_ask_pins(port, call);
        return;
    case MESSAGE_WEBHOOKS:
        port_ask_webhooks(port, call);
        return;
    }
    CHECK(!"a message of an unknown kind");
}

void service_submit(struct service_port *port, struct call *call)
{
    call->status = STATUS_ok;
    call->replayed = false;
    call->result = (struct any){.shape = NULL};
    problem_clear(&call->problem);
    call->etag = 0;
    call->location = (struct text){NULL, 0};
    call->state = NULL;
    port->calls++;
    if (port->calls > SERVICE_CALLS_MAX)
        port_refuse(port, call, "Too many requests are in flight: ask again in a moment.");
    else if (!admit_call(&port->service->config, call))
        port_finish(port, call);
    else
        port_route(port, call);
}

void service_flush(struct service_port *port)
{
    port_hand_over(port);
    port_close_turn(port);
    port->turn_refused = false;
}

/* ---- going away */

void service_drain(struct service_port *port)
{
    static const char why[] = "The daemon is stopping: ask again in a moment.";
    port->draining = true;
    if (port->service->config.webhooks != NULL)
        webhooks_drain(port->service->config.webhooks);
    for (struct call *call; (call = queue_pop(&port->parked)) != NULL;)
        port_refuse(port, call, why);
    for (struct call *call; (call = queue_pop(&port->feeds)) != NULL;)
        port_refuse(port, call, why);
    port->feed_count = 0;
}

void service_port_close(struct service_port **port)
{
    struct service_port *closed = *port;
    if (closed == NULL)
        return;
    port_close_turn(closed);
    port_collect(closed);
    while (closed->at_engine + closed->at_pool > 0) {
        struct pollfd wait = {.fd = closed->fd, .events = POLLIN};
        (void)poll(&wait, 1, 1000); /* woken or not: what is there is collected */
        port_collect(closed);
    }
    projector_forget(closed->service->config.projector, closed->fd);
    pool_box_close(&closed->box);
    engine_port_free(&closed->engine);
    reading_close(&closed->reading);
    free(closed);
    *port = NULL;
}
