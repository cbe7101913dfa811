#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http_conn.h"
#include "load.h"
#include "reread.h"

#define WAIT_MS 120000 /* a disk may stall for long: that is a bad figure, not the end */
#define EVENTS 64

struct run {
    const struct load *load;
    int epoll;
    struct http_conn *conns;
    size_t count; /* one more than the window when there is somebody who rereads */
    size_t busy;
    struct load_clock clock;
    struct load_result *result;
};

static bool send_next(struct run *run, struct http_conn *conn, int64_t now)
{
    struct recipe *recipe = run->load->recipe;
    conn->busy = load_clock_more(&run->clock, run->load, now);
    if (!conn->busy)
        return true;
    if (run->load->crowd != NULL)
        (void)recipe_fill(recipe, run->load->crowd, 0);
    conn->since_ns = now;
    run->busy++;
    if (conn == &run->conns[run->load->window])
        return reread_send(run->load->reread, conn, run->load->crowd);
    return http_conn_send(conn, recipe->bytes.data, recipe->bytes.size);
}

static bool on_readable(struct run *run, struct http_conn *conn)
{
    switch (http_conn_read(conn)) {
    case HTTP_READ_MORE:
        return true;
    case HTTP_READ_LOST:
        fprintf(stderr, "bench: a connection was lost\n");
        return false;
    case HTTP_READ_REPLY:
        break;
    }
    int64_t now = now_ns();
    run->busy--;
    if (conn != &run->conns[run->load->window])
        load_clock_count(&run->clock, run->result, conn->since_ns, now, conn->status == 200);
    else if (!reread_take(run->load->reread, conn, now))
        return false;
    return send_next(run, conn, now);
}

static bool open_all(struct run *run, const char *address)
{
    for (size_t i = 0; i < run->count; i++) {
        struct http_conn *conn = &run->conns[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
        if (!http_conn_open(conn, address) ||
            epoll_ctl(run->epoll, EPOLL_CTL_ADD, conn->fd, &event) != 0) {
            fprintf(stderr, "bench: cannot connect to %s\n", address);
            return false;
        }
    }
    return true;
}

static bool loop(struct run *run)
{
    load_clock_start(&run->clock, run->load);
    for (size_t i = 0; i < run->count; i++) {
        if (!send_next(run, &run->conns[i], now_ns()))
            return false;
    }
    while (run->busy > 0) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(run->epoll, events, EVENTS, WAIT_MS);
        if (count == 0) {
            fprintf(stderr, "bench: no answer over HTTP\n");
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (!on_readable(run, events[i].data.ptr))
                return false;
        }
    }
    return true;
}

bool http_load_run(const struct load *load, const char *address, struct load_result *result)
{
    struct run run = {.load = load, .epoll = epoll_create1(EPOLL_CLOEXEC), .result = result};
    memset(result, 0, sizeof *result);
    run.count = load->window + (load->reread != NULL);
    run.conns = calloc(run.count, sizeof *run.conns);
    CHECK(run.conns != NULL && run.epoll >= 0);
    for (size_t i = 0; i < run.count; i++)
        run.conns[i].fd = -1;
    bool done = open_all(&run, address) && loop(&run);
    for (size_t i = 0; i < run.count; i++)
        http_conn_close(&run.conns[i]);
    (void)close(run.epoll);
    free(run.conns);
    return done;
}
