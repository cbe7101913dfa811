/* Lines whose other side is the test: what was sent is kept, replies are put in by hand. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "client/line.h"
#include "wire/wire.h"

#define FAKE_LINES_MAX 64
#define FAKE_MESSAGES_MAX 256

struct fake_line {
    struct line line; /* first */
    struct bytes sent[FAKE_MESSAGES_MAX];
    size_t sent_count;
    struct bytes replies[FAKE_MESSAGES_MAX];
    size_t reply_first, reply_count;
    bool lost, closed, full;
};

struct fake_maker {
    struct line_maker maker; /* first */
    struct fake_line *lines[FAKE_LINES_MAX];
    size_t count;
    bool refuses;
};

static bool fake_send(struct line *line, const void *data, size_t size)
{
    struct fake_line *fake = (struct fake_line *)line;
    if (fake->full) {
        return false;
    }
    CHECK(fake->sent_count < FAKE_MESSAGES_MAX);
    struct bytes *sent = &fake->sent[fake->sent_count++];
    bytes_init(sent, WIRE_MESSAGE_MAX);
    bytes_put(sent, data, size);
    return true;
}

static enum line_news fake_receive(struct line *line, struct bytes *out)
{
    struct fake_line *fake = (struct fake_line *)line;
    if (fake->reply_first < fake->reply_count) {
        bytes_clear(out);
        bytes_put_text(out, bytes_text(&fake->replies[fake->reply_first++]));
        return LINE_MESSAGE;
    }
    return fake->lost ? LINE_LOST : LINE_NOTHING;
}

static bool fake_ready(struct line *line)
{
    struct fake_line *fake = (struct fake_line *)line;
    return fake->lost || fake->reply_first < fake->reply_count;
}

static int fake_fds(const struct line *line, int out[2])
{
    (void)line;
    (void)out;
    return 0;
}

static void fake_close(struct line *line)
{
    ((struct fake_line *)line)->closed = true;
}

static struct line *fake_open(struct line_maker *maker, const char *endpoint)
{
    struct fake_maker *fake = (struct fake_maker *)maker;
    (void)endpoint;
    if (fake->refuses) {
        return NULL;
    }
    CHECK(fake->count < FAKE_LINES_MAX);
    struct fake_line *line = calloc(1, sizeof *line);
    CHECK(line != NULL);
    line->line = (struct line){.send = fake_send,
                               .receive = fake_receive,
                               .ready = fake_ready,
                               .fds = fake_fds,
                               .close = fake_close};
    fake->lines[fake->count++] = line;
    return &line->line;
}

static void fake_free(struct fake_maker *maker)
{
    for (size_t i = 0; i < maker->count; i++) {
        struct fake_line *line = maker->lines[i];
        for (size_t j = 0; j < line->sent_count; j++) {
            bytes_close(&line->sent[j]);
        }
        for (size_t j = 0; j < line->reply_count; j++) {
            bytes_close(&line->replies[j]);
        }
        free(line);
    }
}

static void fake_put_bytes(struct fake_line *line, const void *data, size_t size)
{
    CHECK(line->reply_count < FAKE_MESSAGES_MAX);
    struct bytes *reply = &line->replies[line->reply_count++];
    bytes_init(reply, WIRE_MESSAGE_MAX);
    bytes_put(reply, data, size);
}

/* The request sent as number `index` on the line, decoded. */
static struct wire_request fake_request(const struct fake_line *line, size_t index,
                                        struct arena *arena)
{
    struct wire_request request;
    struct problem problem = {0};
    CHECK(index < line->sent_count);
    bool sound = wire_decode_request(line->sent[index].data, line->sent[index].size, arena,
                                     &request, &problem);
    CHECK(sound);
    return request;
}

static void fake_put_result(struct fake_line *line, uint64_t id, const struct shape *shape,
                            const void *value)
{
    struct bytes reply;
    bytes_init(&reply, WIRE_MESSAGE_MAX);
    wire_encode_result(&reply, (struct wire_id){.type = WIRE_ID_NUMBER, .number = id}, false,
                       (struct any){.shape = shape, .value = value});
    fake_put_bytes(line, reply.data, reply.size);
    bytes_close(&reply);
}
