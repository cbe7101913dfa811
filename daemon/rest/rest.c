/* The loop.
 *
 * One thread, one epoll descriptor of libmicrohttpd's, one descriptor of the service's. A turn:
 * what the service has finished is rendered; MHD_run reads new requests and calls the handlers of
 * the parked ones, which queue what was rendered; a second MHD_run sends it; then the service is
 * told that the turn's commands are complete.
 *
 * libmicrohttpd keeps parked connections in its list of ready ones and so always asks for a
 * timeout of 0; following that would spin. A parked connection needs nothing before the service
 * speaks, but another one in that list might: it may have filled its buffer at the last read
 * (then edge-triggered epoll is silent about the rest) or have a "100 Continue" to send. Such
 * connections move on at every run and are done after a few, so while requests are parked the
 * loop runs a few more turns at short distance after anything moved, then sleeps.
 *
 * Nor is it believed for ever when nothing is parked: a line of a chunked body that is longer than
 * its buffer stays where it is, and would have the loop spin until the body's time is up. */
#include "rest/rest.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <netinet/tcp.h>

#include "host/clock.h"
#include "host/entropy.h"
#include "host/log.h"
#include "host/thread.h"
#include "rest/address.h"
#include "rest/door.h"

#define SETTLE_TURNS 12 /* REST_POOL_SIZE in pieces of 1.5 kB, and two for "100 Continue" */
#define SETTLE_MS 1
#define PARKED_POLL_MS 1000
#define STUCK_POLL_MS 20
#define TURN_ROUNDS_MAX 8
#define DRAIN_POLL_MS 1000
/* Bytes of replies that the kernel keeps for a client who does not read; left to itself it takes
 * megabytes, for each. */
#define UNREAD_MAX (128 * 1024)
/* Beyond the table: connections sent away and not closed yet. Were they not to be had, nobody
 * would be accepted until libmicrohttpd had closed some. */
#define LEAVING_MAX 64

struct rest_thread {
    struct rest door;
    pthread_t thread;
    unsigned quiet; /* turns since something moved */
};

static void run_mhd(struct rest *rest)
{
    CHECK(MHD_run(rest->daemon) == MHD_YES);
}

/* Renders what the service gave back; true when there was something to send. */
static bool take_finished(struct rest *rest)
{
    bool any = false;
    struct call *call;
    while ((call = service_take(rest->port)) != NULL) {
        struct exchange *exchange = call->door;
        CHECK(exchange->state == EXCHANGE_WAITING);
        if (!exchange->connected) {
            exchange_release(exchange);
            continue;
        }
        if (call->status != STATUS_unauthenticated && call->status != STATUS_unavailable) {
            seat_know(&rest->seats, exchange->seat);
        }
        reply_call(exchange);
        exchange->state = EXCHANGE_READY;
        any = true;
    }
    return any;
}

static void turn(struct rest *rest)
{
    for (int round = 0; round < TURN_ROUNDS_MAX; round++) {
        bool finished = take_finished(rest);
        if (round > 0 && !finished) {
            return;
        }
        run_mhd(rest);
        if (finished) {
            run_mhd(rest);
        }
        if (lines_settle(&rest->lines)) {
            run_mhd(rest);
        }
        service_flush(rest->port);
    }
    rest->moved = true; /* and on at once */
}

static int earlier(int a_ms, int b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static int mhd_timeout_ms(struct rest_thread *self)
{
    struct rest *rest = &self->door;
    MHD_UNSIGNED_LONG_LONG wanted;
    if (rest->parked > 0) {
        return self->quiet < SETTLE_TURNS ? SETTLE_MS : PARKED_POLL_MS;
    }
    /* It was given no timeouts to keep: all it may ask for is to be run again at once. */
    if (MHD_get_timeout(rest->daemon, &wanted) != MHD_YES) {
        return -1;
    }
    return self->quiet < SETTLE_TURNS ? 0 : STUCK_POLL_MS;
}

/* Waits for work. True: it is time to stop. */
static bool wait_turn(struct rest_thread *self)
{
    struct rest *rest = &self->door;
    struct pollfd fds[4] = {
        {.fd = rest->mhd_fd, .events = POLLIN},
        {.fd = service_fd(rest->port), .events = POLLIN},
        {.fd = rest->draining ? -1 : rest->stop_fd, .events = POLLIN},
        {.fd = rest->lines.epoll_fd, .events = POLLIN},
    };
    int timeout_ms = earlier(mhd_timeout_ms(self), service_timeout_ms(rest->port));
    timeout_ms = earlier(timeout_ms, seats_timeout_ms(&rest->seats));
    if (rest->draining) {
        timeout_ms = earlier(timeout_ms, DRAIN_POLL_MS);
    }
    int ready = poll(fds, 4, timeout_ms);
    CHECK(ready >= 0 || errno == EINTR);
    rest->lines.ready = fds[3].revents != 0;
    if (fds[0].revents != 0 || fds[1].revents != 0 || rest->lines.ready) {
        rest->moved = true;
    }
    return ready > 0 && fds[2].revents != 0;
}

static void step(struct rest_thread *self)
{
    struct rest *rest = &self->door;
    rest->moved = false;
    bool stop = wait_turn(self);
    seats_tick(&rest->seats);
    turn(rest);
    seats_sweep(&rest->seats);
    self->quiet = rest->moved ? 0 : self->quiet + 1;
    if (stop) {
        rest->draining = true;
    }
}

/* No new connections; what is owed is answered; then everything is closed. */
static void drain(struct rest_thread *self)
{
    struct rest *rest = &self->door;
    struct clock *clock = rest->seats.clock;
    int64_t deadline = clock->steady(clock) + (int64_t)REST_DRAIN_MAX_MS * 1000;
    MHD_socket listening = MHD_quiesce_daemon(rest->daemon);
    if (listening != MHD_INVALID_SOCKET) {
        CHECK(listening == rest->listen_fd);
    }
    service_drain(rest->port);
    turn(rest);
    while (rest->owing > 0 && clock->steady(clock) < deadline) {
        step(self);
    }
    if (rest->owing > 0) {
        log_warning("rest", "stopping with unfinished replies count=%zu", rest->owing);
    }
    MHD_stop_daemon(rest->daemon);
    service_port_close(&rest->port);
    exchanges_free(rest);
}

static void *loop(void *argument)
{
    struct rest_thread *self = argument;
    while (!self->door.draining) {
        step(self);
    }
    drain(self);
    return NULL;
}

static void log_mhd(void *cls, const char *format, va_list arguments)
{
    (void)cls;
    char line[256];
    (void)vsnprintf(line, sizeof(line), format, arguments);
    line[strcspn(line, "\r\n")] = '\0';
    log_debug("rest", "libmicrohttpd said=\"%s\"", line);
}

/* The raw target is ours to decode: see uri.h. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static int listen_on(const char *text, char out[ADDRESS_TEXT_MAX])
{
    union address address;
    if (!address_parse(text, &address)) {
        log_error("rest", "not an address: give ADDR:PORT address=%s", text);
        return -1;
    }
    if (!address_is_loopback(&address)) {
        log_error("rest", "plain HTTP is for loopback addresses only address=%s", text);
        return -1;
    }
    const int on = 1, unread = UNREAD_MAX;
    socklen_t size = address_size(&address);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* TCP_NODELAY and the size of the buffer are inherited by what is accepted. */
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &unread, sizeof(unread)) != 0 ||
        bind(fd, &address.any, size) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, &address.any, &size) != 0) {
        log_error("rest", "cannot listen address=%s error=\"%s\"", text, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    address_print(&address, out);
    return fd;
}

/* MHD_OPTION_STRICT_FOR_CLIENT stays off: all it does in 0.9.75 is to demand Host, which it
 * refuses with its header sent twice, and to drop targets with a space; headers.c and uri.c do
 * both and explain themselves. */
static bool start_daemon(struct rest *rest)
{
    rest->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, handler_request, rest,
        MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL, MHD_OPTION_LISTEN_SOCKET, rest->listen_fd,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REST_POOL_SIZE, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)(SEATS_MAX + LEAVING_MAX), MHD_OPTION_URI_LOG_CALLBACK, handler_target, rest,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        handler_completed, rest, MHD_OPTION_NOTIFY_CONNECTION, handler_connection, rest,
        MHD_OPTION_END);
    if (rest->daemon == NULL) {
        return false;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(rest->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    CHECK(info != NULL);
    rest->mhd_fd = info->epoll_fd;
    return true;
}

static void close_all(struct rest_thread *self)
{
    if (self->door.listen_fd >= 0) {
        (void)close(self->door.listen_fd);
    }
    if (self->door.stop_fd >= 0) {
        (void)close(self->door.stop_fd);
    }
    lines_close(&self->door.lines);
    free(self);
}

struct rest *rest_start(const struct rest_config *config)
{
    struct rest_thread *self = calloc(1, sizeof(*self));
    CHECK(self != NULL);
    struct rest *rest = &self->door;
    struct entropy *entropy = entropy_system();
    entropy->fill(entropy, &rest->id_seed, sizeof(rest->id_seed));
    rest->service = config->service;
    rest->open = config->open;
    seats_init(&rest->seats, config->clock != NULL ? config->clock : clock_system());
    rest->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rest->listen_fd = listen_on(config->address, rest->address);
    if (!lines_open(&rest->lines) || rest->stop_fd < 0 || rest->listen_fd < 0) {
        goto failed;
    }
    rest->port = service_port_open(config->service);
    if (rest->port == NULL) {
        log_error("rest", "cannot open a port of the service");
        goto failed;
    }
    if (!start_daemon(rest) || !thread_start(&self->thread, "teller-rest", loop, self)) {
        log_error("rest", "cannot start");
        if (rest->daemon != NULL) {
            MHD_stop_daemon(rest->daemon);
            rest->listen_fd = -1;
        }
        service_port_close(&rest->port);
        goto failed;
    }
    return rest;
failed:
    close_all(self);
    return NULL;
}

const char *rest_address(const struct rest *rest)
{
    return rest->address;
}

void rest_stop(struct rest **rest)
{
    struct rest_thread *self = (struct rest_thread *)*rest;
    if (self == NULL) {
        return;
    }
    const uint64_t one = 1;
    CHECK(write(self->door.stop_fd, &one, sizeof(one)) == (ssize_t)sizeof(one));
    CHECK(pthread_join(self->thread, NULL) == 0);
    close_all(self);
    *rest = NULL;
}
