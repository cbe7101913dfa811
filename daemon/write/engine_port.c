#include "write/engine_port.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"

struct list_of_requests {
    struct engine_request *first, *last;
};

struct engine_port {
    int fd;
    /* The engine's thread only: what the run under way has for this port. */
    bool collecting;
    struct list_of_requests collected;
    struct engine_port *next;
    /* Both sides. */
    pthread_mutex_t mutex;
    struct list_of_requests done;
};

struct engine_port *engine_port_new(void)
{
    struct engine_port *port = calloc(1, sizeof *port);
    CHECK(port != NULL);
    port->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (port->fd < 0) {
        free(port);
        return NULL;
    }
    CHECK(pthread_mutex_init(&port->mutex, NULL) == 0);
    return port;
}

void engine_port_free(struct engine_port **address)
{
    struct engine_port *port = *address;
    if (port == NULL) {
        return;
    }
    /* The engine may still be in the delivery whose last request brought the owner here. */
    CHECK(pthread_mutex_lock(&port->mutex) == 0);
    CHECK(port->done.first == NULL && close(port->fd) == 0);
    CHECK(pthread_mutex_unlock(&port->mutex) == 0);
    CHECK(pthread_mutex_destroy(&port->mutex) == 0);
    free(port);
    *address = NULL;
}

int engine_port_fd(const struct engine_port *port)
{
    return port->fd;
}

static void add(struct list_of_requests *list, struct engine_request *first,
                struct engine_request *last)
{
    if (list->first == NULL) {
        list->first = first;
    } else {
        list->last->next = first;
    }
    list->last = last;
}

void engine_port_collect(struct engine_delivery *delivery, struct engine_request *request)
{
    struct engine_port *port = request->port;
    request->next = NULL;
    add(&port->collected, request, request);
    if (!port->collecting) {
        port->collecting = true;
        port->next = delivery->first;
        delivery->first = port;
    }
}

static void wake(const struct engine_port *port)
{
    uint64_t one = 1;
    ssize_t written;
    do {
        written = write(port->fd, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
    /* EAGAIN would mean that the counter is at its end: readable, which is what is wanted. */
    CHECK(written == sizeof one || errno == EAGAIN);
}

void engine_port_deliver(struct engine_delivery *delivery)
{
    struct engine_port *next;
    for (struct engine_port *port = delivery->first; port != NULL; port = next) {
        next = port->next;
        CHECK(pthread_mutex_lock(&port->mutex) == 0);
        add(&port->done, port->collected.first, port->collected.last);
        port->collected = (struct list_of_requests){0};
        port->collecting = false;
        wake(port);
        CHECK(pthread_mutex_unlock(&port->mutex) == 0);
    }
    delivery->first = NULL;
}

struct engine_request *engine_port_take(struct engine_port *port)
{
    uint64_t wakes;
    CHECK(pthread_mutex_lock(&port->mutex) == 0);
    /* Under the lock: a delivery after this one writes the descriptor again. */
    if (read(port->fd, &wakes, sizeof wakes) < 0) {
        CHECK(errno == EAGAIN || errno == EINTR);
    }
    struct engine_request *first = port->done.first;
    port->done = (struct list_of_requests){0};
    CHECK(pthread_mutex_unlock(&port->mutex) == 0);
    return first;
}
