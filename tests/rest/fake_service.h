/* A service that answers what the test tells it to, so that the door is tested alone. Defines the
 * functions of service/service.h; the real ones are then not linked. */
#pragma once

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "contract/args.h"
#include "contract/results.h"
#include "service/service.h"

struct service {
    int unused;
};

struct service_port {
    int fd;
};

/* One port is open at a time. The lock is for the test, which looks in from its own thread. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct service_port port;
    struct service service;
    struct call *submitted, *held, *done;
    void (*answer)(struct call *call);
    bool hold; /* calls wait for fake_release */
    bool ready;
    size_t submitted_total, in_service, batches, taken_total;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .ready = true};

static void fake_push(struct call **list, struct call *call)
{
    while (*list != NULL) {
        list = &(*list)->next;
    }
    call->next = NULL;
    *list = call;
}

static void fake_wake(void)
{
    const uint64_t one = 1;
    assert_int_equal(write(fake.port.fd, &one, sizeof(one)), sizeof(one));
}

static void fake_lock(void)
{
    assert_int_equal(pthread_mutex_lock(&fake.lock), 0);
}

static void fake_unlock(void)
{
    assert_int_equal(pthread_cond_broadcast(&fake.changed), 0);
    assert_int_equal(pthread_mutex_unlock(&fake.lock), 0);
}

struct service_port *service_port_open(struct service *service)
{
    (void)service;
    fake.port.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_true(fake.port.fd >= 0);
    return &fake.port;
}

void service_port_close(struct service_port **port)
{
    (void)close((*port)->fd);
    *port = NULL;
    fake_lock();
    fake.submitted = fake.held = fake.done = NULL;
    fake.in_service = 0;
    fake_unlock();
}

int service_fd(const struct service_port *port)
{
    return port->fd;
}

int service_timeout_ms(const struct service_port *port)
{
    (void)port;
    return -1;
}

bool service_ready(const struct service *service)
{
    (void)service;
    fake_lock();
    bool ready = fake.ready;
    fake_unlock();
    return ready;
}

void service_submit(struct service_port *port, struct call *call)
{
    (void)port;
    fake_lock();
    fake_push(&fake.submitted, call);
    fake.submitted_total++;
    fake.in_service++;
    fake_unlock();
}

static void fake_finish_all(struct call **list)
{
    while (*list != NULL) {
        struct call *call = *list;
        *list = call->next;
        fake.answer(call);
        fake_push(&fake.done, call);
    }
    if (fake.done != NULL) {
        fake_wake();
    }
}

void service_flush(struct service_port *port)
{
    (void)port;
    fake_lock();
    fake.batches += fake.submitted != NULL;
    while (fake.submitted != NULL) {
        struct call *call = fake.submitted;
        fake.submitted = call->next;
        fake_push(&fake.held, call);
    }
    if (!fake.hold) {
        fake_finish_all(&fake.held);
    }
    fake_unlock();
}

struct call *service_take(struct service_port *port)
{
    uint64_t count;
    fake_lock();
    struct call *call = fake.done;
    if (call != NULL) {
        fake.done = call->next;
        fake.in_service--;
        fake.taken_total++;
    } else {
        ssize_t got = read(port->fd, &count, sizeof(count));
        assert_true(got == (ssize_t)sizeof(count) || got < 0);
    }
    fake_unlock();
    return call;
}

void service_drain(struct service_port *port)
{
    (void)port;
}

/* From the test's thread. */
static inline void fake_wait_submitted(size_t total)
{
    fake_lock();
    while (fake.submitted_total < total) {
        assert_int_equal(pthread_cond_wait(&fake.changed, &fake.lock), 0);
    }
    fake_unlock();
}

static inline void fake_wait_taken(size_t total)
{
    fake_lock();
    while (fake.taken_total < total) {
        assert_int_equal(pthread_cond_wait(&fake.changed, &fake.lock), 0);
    }
    fake_unlock();
}

/* Everything held is answered, and later calls at once. */
static inline void fake_release(void)
{
    fake_lock();
    fake.hold = false;
    fake_finish_all(&fake.held);
    fake_unlock();
}

static inline void fake_reset(void (*answer)(struct call *call), bool hold)
{
    fake_lock();
    fake.answer = answer;
    fake.hold = hold;
    fake.ready = true;
    fake.submitted_total = fake.batches = fake.taken_total = 0;
    fake_unlock();
}

static inline size_t fake_submitted(void)
{
    fake_lock();
    size_t total = fake.submitted_total;
    fake_unlock();
    return total;
}
