#include "zmq/door.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "base/time.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/log.h"
#include "host/metrics.h"
#include "host/thread.h"
#include "wire/wire.h"
#include "zmq/door_call.h"
#include "zmq/endpoint.h"

#define DOOR_TURN_MAX 256 /* messages read before replies are looked for */
#define DOOR_REPLY_MAX DOOR_ARENA_MAX
#define DOOR_REPLY_KEEP (1u << 20) /* of the reply buffer between replies */
/* Whole messages of up to 1 MiB a peer may have waiting; then its connection is not read. libzmq
 * bounds neither the frames of an unfinished message nor the number of peers. */
#define DOOR_RECEIVE_HWM 64
/* Bytes the kernel may keep of a connection that is not read. Left to itself it keeps up to 6 MB:
 * tens of thousands of commands that wait where nobody counts them. */
#define DOOR_RECEIVE_BUFFER (256 * 1024)
/* Replies a peer's pipe takes: twice what a peer may have in flight, so that no peer that counts
 * its requests ever loses one. */
#define DOOR_SEND_HWM (2 * PEERS_CALLS_MAX)
#define DOOR_HANDSHAKE_MS 5000
#define DOOR_LINGER_MS 1000
#define DOOR_DRAIN_S 10

struct zmq_door {
    struct service *service;
    struct service_port *port;
    const char *endpoints[ZMQ_ENDPOINTS_MAX]; /* valid while starting */
    struct endpoint bound[ZMQ_ENDPOINTS_MAX];
    size_t endpoint_count;
    pthread_t thread;
    sem_t started;
    bool sound; /* set by the thread before `started` */
    int stop_fd;

    /* The thread's own. */
    void *context;
    void *socket;
    int socket_fd; /* readable when the socket has news */
    struct door_calls calls;
    struct bytes reply;
    uint64_t dropped;
};

/* ---- replies */

static void request_id(char out[13])
{
    uint8_t random[6];
    struct entropy *entropy = entropy_system();
    entropy->fill(entropy, random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
}

static void encode_problem(struct zmq_door *door, const struct door_call *call,
                           const struct problem *problem)
{
    char id[13];
    request_id(id);
    wire_encode_problem(&door->reply, call->id, call->call.replayed, problem, text_of(id));
}

static void encode_reply(struct zmq_door *door, const struct door_call *call)
{
    if (call->call.status != STATUS_ok) {
        encode_problem(door, call, &call->call.problem);
        return;
    }
    wire_encode_result(&door->reply, call->id, call->call.replayed, call->call.result);
    if (!door->reply.overflow)
        return;
    struct problem problem;
    problem_clear(&problem);
    problem_set(&problem, STATUS_unavailable, "The answer is too long: ask for less at a time.");
    bytes_clear(&door->reply);
    encode_problem(door, call, &problem);
}

/* Sends what stands in the reply buffer and forgets the call. */
static void send_reply(struct zmq_door *door, struct door_call *call)
{
    switch (frames_reply(door->socket, &call->frames, door->reply.data, door->reply.size)) {
    case FRAMES_SENT:
        break;
    case FRAMES_PEER_GONE: /* its command is done all the same; the outcome can be asked for */
        log_debug("zmq", "the peer is gone");
        break;
    case FRAMES_PEER_SLOW:
        metric_add(METRIC_zmq_replies_dropped_total, 1);
        door->dropped++;
        if ((door->dropped & (door->dropped - 1)) == 0) /* more and more seldom */
            log_warning("zmq", "a peer does not read its replies dropped=%" PRIu64, door->dropped);
        break;
    }
    if (call->call.message != NULL && call->call.message->secret && door->reply.data != NULL)
        explicit_bzero(door->reply.data, door->reply.size);
    bytes_clear(&door->reply);
    if (door->reply.capacity > DOOR_REPLY_KEEP) {
        bytes_close(&door->reply);
        bytes_init(&door->reply, DOOR_REPLY_MAX);
    }
    door_call_free(&door->calls, call);
}

static void answer(struct zmq_door *door)
{
    for (struct call *call; (call = service_take(door->port)) != NULL;) {
        struct door_call *done = call->door;
        encode_reply(door, done);
        send_reply(door, done);
    }
}

static void answer_problem(struct zmq_door *door, struct door_call *call,
                           const struct problem *problem)
{
    call->call.replayed = false;
    encode_problem(door, call, problem);
    send_reply(door, call);
}

/* ---- requests */

static const char *fault_detail(enum frames_fault fault)
{
    switch (fault) {
    case FRAMES_NO_DELIMITER:
        return "Missing delimiter: send an empty frame before the request.";
    case FRAMES_NO_BODY:
        return "Missing body: send the request in one frame behind the empty one.";
    case FRAMES_TOO_MANY:
        return "Too many frames: send the request in one frame behind the empty one.";
    case FRAMES_SOUND:
        break;
    }
    return "";
}

static bool decode(struct zmq_door *door, struct door_call *call, struct problem *problem)
{
    struct wire_request request = {.id = {.type = WIRE_ID_NULL}};
    bool sound = call->frames.has_body && wire_decode_request(zmq_msg_data(&call->frames.body),
                                                              zmq_msg_size(&call->frames.body),
                                                              &call->arena, &request, problem);
    call->id = request.id;
    call->call.message = request.message;
    if (call->frames.fault != FRAMES_SOUND) {
        problem_clear(problem);
        problem_set(problem, STATUS_malformed_request, "%s", fault_detail(call->frames.fault));
        return false;
    }
    if (!sound)
        return false;
    zmq_msg_t *identity = &call->frames.envelope[0];
    call->peer = peers_enter(&door->calls.peers, zmq_msg_data(identity), zmq_msg_size(identity));
    if (call->peer == NULL) {
        problem_set(problem, STATUS_unavailable,
                    "This connection has too many requests in flight: read the replies first.");
        problem->retry_after_s = SERVICE_RETRY_AFTER_S;
        return false;
    }
    call->call.arena = &call->arena;
    call->call.door = call;
    call->call.channel = CHANNEL_ZMQ;
    call->call.auth = request.auth;
    call->call.key = request.key;
    call->call.args = request.args;
    door_call_hold(&door->calls, call);
    return true;
}

static bool receive_one(struct zmq_door *door)
{
    struct door_call *call = door_call_new(&door->calls);
    if (frames_read(door->socket, &call->frames) != FRAMES_READ) {
        door_call_free(&door->calls, call);
        return false;
    }
    metric_add(METRIC_zmq_requests_total, 1);
    struct problem problem;
    problem_clear(&problem);
    if (decode(door, call, &problem)) {
        service_submit(door->port, &call->call);
        return true;
    }
    if (problem.status != STATUS_unavailable)
        metric_add(METRIC_zmq_bad_messages_total, 1);
    answer_problem(door, call, &problem);
    return true;
}

static bool has_room(const struct zmq_door *door)
{
    return door->calls.held < DOOR_HELD_MAX && door->calls.in_flight_count < SERVICE_CALLS_MAX;
}

static void receive(struct zmq_door *door)
{
    for (int i = 0; i < DOOR_TURN_MAX && has_room(door); i++) {
        if (!receive_one(door))
            return;
    }
}

/* ---- the thread */

/* Whether messages wait. The socket's descriptor tells of news only, and any use of the socket may
 * have taken them in: this is asked before every wait. */
static bool has_messages(struct zmq_door *door)
{
    int events = 0;
    size_t size = sizeof events;
    if (zmq_getsockopt(door->socket, ZMQ_EVENTS, &events, &size) == 0)
        return (events & ZMQ_POLLIN) != 0;
    CHECK(errno == EINTR); /* it was not told: let it be tried, not slept over */
    return true;
}

enum awaited { AWAIT_WORK, AWAIT_END };

/* Waits for messages, for replies, for the port's time, or for the end. zmq_poll would look into
 * the socket four times a turn; this does once. */
static enum awaited await(struct zmq_door *door)
{
    struct pollfd fds[] = {
        {.fd = door->stop_fd, .events = POLLIN},
        {.fd = service_fd(door->port), .events = POLLIN},
        {.fd = door->socket_fd, .events = POLLIN},
    };
    /* Without room the socket is left alone until something is answered. */
    bool room = has_room(door);
    int timeout = room && has_messages(door) ? 0 : service_timeout_ms(door->port);
    if (poll(fds, room ? 3 : 2, timeout) < 0 && errno != EINTR) {
        log_error("zmq", "cannot poll error=\"%s\"", strerror(errno));
        return AWAIT_END;
    }
    return fds[0].revents != 0 ? AWAIT_END : AWAIT_WORK;
}

static void serve(struct zmq_door *door)
{
    while (await(door) == AWAIT_WORK) {
        receive(door);
        service_flush(door->port);
        answer(door);
    }
}

/* Answers what is in flight; commands above all. The endpoints stay bound meanwhile: to unbind
 * would end the connections, and the replies with them. */
static void drain(struct zmq_door *door)
{
    struct clock *clock = clock_system();
    int64_t until = clock->steady(clock) + DOOR_DRAIN_S * TIME_SECOND;
    service_drain(door->port);
    answer(door);
    while (door->calls.in_flight_count > 0 && clock->steady(clock) < until) {
        zmq_pollitem_t item = {.fd = service_fd(door->port), .events = ZMQ_POLLIN};
        if (zmq_poll(&item, 1, 100) < 0 && errno != EINTR)
            break;
        answer(door);
    }
    if (door->calls.in_flight_count > 0)
        log_warning("zmq", "stopped with requests unanswered count=%zu",
                    door->calls.in_flight_count);
}

static bool set_option(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool open_socket(struct zmq_door *door)
{
    door->context = zmq_ctx_new();
    door->socket = door->context == NULL ? NULL : zmq_socket(door->context, ZMQ_ROUTER);
    int64_t message_max = WIRE_MESSAGE_MAX;
    if (door->socket == NULL ||
        zmq_setsockopt(door->socket, ZMQ_MAXMSGSIZE, &message_max, sizeof message_max) != 0 ||
        !set_option(door->socket, ZMQ_ROUTER_MANDATORY, 1) ||
        !set_option(door->socket, ZMQ_HANDSHAKE_IVL, DOOR_HANDSHAKE_MS) ||
        !set_option(door->socket, ZMQ_RCVHWM, DOOR_RECEIVE_HWM) ||
        !set_option(door->socket, ZMQ_RCVBUF, DOOR_RECEIVE_BUFFER) ||
        !set_option(door->socket, ZMQ_SNDHWM, DOOR_SEND_HWM) ||
        !set_option(door->socket, ZMQ_TCP_KEEPALIVE, 1) ||
        !set_option(door->socket, ZMQ_LINGER, DOOR_LINGER_MS)) {
        log_error("zmq", "cannot make the socket error=\"%s\"", zmq_strerror(errno));
        return false;
    }
    size_t size = sizeof door->socket_fd;
    CHECK(zmq_getsockopt(door->socket, ZMQ_FD, &door->socket_fd, &size) == 0);
    for (size_t i = 0; i < door->endpoint_count; i++) {
        if (!endpoint_bind(door->socket, door->endpoints[i], &door->bound[i]))
            return false;
    }
    return true;
}

static void close_socket(struct zmq_door *door)
{
    if (door->socket != NULL)
        CHECK(zmq_close(door->socket) == 0);
    if (door->context == NULL)
        return;
    while (zmq_ctx_term(door->context) != 0)
        CHECK(errno == EINTR);
    for (size_t i = 0; i < door->endpoint_count; i++)
        endpoint_remove(&door->bound[i]);
}

static void *door_work(void *context)
{
    struct zmq_door *door = context;
    struct hash_key key;
    struct entropy *entropy = entropy_system();
    entropy->fill(entropy, &key, sizeof key);
    door_calls_init(&door->calls, key);
    bytes_init(&door->reply, DOOR_REPLY_MAX);
    bool sound = open_socket(door);
    door->sound = sound;
    CHECK(sem_post(&door->started) == 0);
    if (sound) {
        serve(door);
        drain(door);
    }
    service_port_close(&door->port);
    door_calls_close(&door->calls);
    bytes_close(&door->reply);
    close_socket(door);
    return NULL;
}

/* ---- starting and stopping */

static void door_free(struct zmq_door **door)
{
    if ((*door)->stop_fd >= 0)
        CHECK(close((*door)->stop_fd) == 0);
    CHECK(sem_destroy(&(*door)->started) == 0);
    free(*door);
    *door = NULL;
}

struct zmq_door *zmq_door_start(const struct zmq_door_config *config)
{
    CHECK(config->endpoint_count <= ZMQ_ENDPOINTS_MAX);
    struct zmq_door *door = calloc(1, sizeof *door);
    CHECK(door != NULL);
    CHECK(sem_init(&door->started, 0, 0) == 0);
    door->service = config->service;
    door->endpoint_count = config->endpoint_count;
    memcpy(door->endpoints, config->endpoints, sizeof door->endpoints);
    door->stop_fd = eventfd(0, EFD_CLOEXEC);
    door->port = service_port_open(config->service);
    if (door->stop_fd < 0 || door->port == NULL ||
        !thread_start(&door->thread, "teller-zmq", door_work, door)) {
        log_error("zmq", "cannot start");
        if (door->port != NULL)
            service_port_close(&door->port);
        door_free(&door);
        return NULL;
    }
    while (sem_wait(&door->started) != 0)
        CHECK(errno == EINTR);
    if (!door->sound) {
        CHECK(pthread_join(door->thread, NULL) == 0);
        door_free(&door);
    }
    return door;
}

const char *zmq_door_endpoint(const struct zmq_door *door, size_t index)
{
    CHECK(index < door->endpoint_count);
    return door->bound[index].text;
}

void zmq_door_stop(struct zmq_door **door)
{
    if (*door == NULL)
        return;
    CHECK(eventfd_write((*door)->stop_fd, 1) == 0);
    CHECK(pthread_join((*door)->thread, NULL) == 0);
    door_free(door);
}
