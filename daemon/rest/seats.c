#include "rest/seats.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "host/metrics.h"

#define SECOND_US INT64_C(1000000)

static void append(struct seat_list *list, struct seat *seat)
{
    seat->before = list->last;
    seat->next = NULL;
    if (list->last != NULL) {
        list->last->next = seat;
    } else {
        list->first = seat;
    }
    list->last = seat;
    list->count++;
}

static void take_out(struct seat_list *list, struct seat *seat)
{
    if (seat->before != NULL) {
        seat->before->next = seat->next;
    } else {
        list->first = seat->next;
    }
    if (seat->next != NULL) {
        seat->next->before = seat->before;
    } else {
        list->last = seat->before;
    }
    list->count--;
}

static struct seat_list *list_of(struct seats *seats, const struct seat *seat)
{
    return seat->known ? &seats->known : &seats->strangers;
}

static void go_on(struct seats *seats, struct seat *seat, enum seat_step step, int64_t time_us)
{
    seat->step = step;
    seat->due_us = seats->now_us + time_us;
    if (seat->due_us < seats->due_us) {
        seats->due_us = seat->due_us;
    }
}

/* What has come but is not read yet is lost, and so is the rest of a reply. */
static void send_away(struct seats *seats, struct seat *seat)
{
    take_out(list_of(seats, seat), seat);
    seat->gone = true;
    /* Fails when the client has hung up, and that libmicrohttpd sees itself. */
    (void)shutdown(seat->line.fd, SHUT_RDWR);
}

static struct seat *first_movable(const struct seat_list *list)
{
    struct seat *seat = list->first;
    while (seat != NULL && seat->step == SEAT_SERVED) {
        seat = seat->next;
    }
    return seat;
}

static struct seat *who_goes(const struct seats *seats)
{
    struct seat *seat = NULL;
    if (seats->strangers.count >= SEATS_STRANGERS_MIN) {
        seat = first_movable(&seats->strangers);
    }
    if (seat == NULL) {
        seat = first_movable(&seats->known);
    }
    return seat != NULL ? seat : first_movable(&seats->strangers);
}

void seats_init(struct seats *seats, struct clock *clock)
{
    *seats = (struct seats){.clock = clock, .now_us = clock->steady(clock), .due_us = INT64_MAX};
}

struct seat *seat_new(struct seats *seats, int fd)
{
    struct seat *seat = calloc(1, sizeof(*seat));
    CHECK(seat != NULL);
    seat->line.fd = fd;
    struct seat *leaving = NULL;
    if (seats->strangers.count + seats->known.count >= SEATS_MAX) {
        leaving = who_goes(seats);
        leaving = leaving != NULL ? leaving : seat;
        metric_add(METRIC_rest_evicted_total, 1);
    }
    append(&seats->strangers, seat);
    go_on(seats, seat, SEAT_HEAD, SEATS_HEAD_S * SECOND_US);
    if (leaving != NULL) {
        send_away(seats, leaving);
    }
    return seat;
}

void seat_free(struct seats *seats, struct seat *seat)
{
    if (!seat->gone) {
        take_out(list_of(seats, seat), seat);
    }
    free(seat);
}

void seat_begin_body(struct seats *seats, struct seat *seat)
{
    go_on(seats, seat, SEAT_BODY, SEATS_BODY_S * SECOND_US);
}

void seat_serve(struct seat *seat)
{
    seat->step = SEAT_SERVED;
}

void seat_know(struct seats *seats, struct seat *seat)
{
    if (seat->known || seat->gone) {
        return;
    }
    take_out(&seats->strangers, seat);
    seat->known = true;
    append(&seats->known, seat);
}

void seat_begin_reply(struct seats *seats, struct seat *seat, size_t size)
{
    int64_t more_s = (int64_t)(size / SEATS_REPLY_BYTES_PER_S);
    go_on(seats, seat, SEAT_REPLY, (SEATS_REPLY_S + more_s) * SECOND_US);
}

void seat_done(struct seats *seats, struct seat *seat)
{
    go_on(seats, seat, SEAT_HEAD, SEATS_IDLE_S * SECOND_US);
    if (!seat->gone) {
        struct seat_list *list = list_of(seats, seat);
        take_out(list, seat);
        append(list, seat);
    }
}

void seats_tick(struct seats *seats)
{
    seats->now_us = seats->clock->steady(seats->clock);
}

static void sweep(struct seats *seats, struct seat_list *list)
{
    struct seat *next;
    for (struct seat *seat = list->first; seat != NULL; seat = next) {
        next = seat->next;
        if (seat->step == SEAT_SERVED) {
            continue;
        }
        if (seat->due_us <= seats->now_us) {
            metric_add(METRIC_rest_late_total, 1);
            send_away(seats, seat);
        } else if (seat->due_us < seats->due_us) {
            seats->due_us = seat->due_us;
        }
    }
}

void seats_sweep(struct seats *seats)
{
    if (seats->now_us < seats->due_us) {
        return;
    }
    seats->due_us = INT64_MAX;
    sweep(seats, &seats->strangers);
    sweep(seats, &seats->known);
}

int seats_timeout_ms(const struct seats *seats)
{
    if (seats->due_us == INT64_MAX) {
        return -1;
    }
    int64_t left_us = seats->due_us - seats->clock->steady(seats->clock);
    return left_us <= 0 ? 0 : (int)(left_us / 1000 + 1);
}
