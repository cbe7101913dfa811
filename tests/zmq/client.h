/* A client of the ZeroMQ door, frame by frame. Include it after cmocka.h and service/bank.h. */
#pragma once

#include <zmq.h>

#include "wire/wire.h"
#include "zmq/door.h"

#define CLIENT_FRAMES_MAX 8

struct frame {
    const void *data;
    size_t size;
};
#define FRAME(literal) ((struct frame){literal, sizeof(literal) - 1})
#define EMPTY_FRAME ((struct frame){"", 0})

struct client {
    void *socket;
    struct arena arena;
    struct bytes request;
    size_t frame_count; /* of the last message heard */
    struct text frames[CLIENT_FRAMES_MAX];
    struct wire_reply reply;
};

static inline void client_open(struct client *client, void *context, int type, const char *endpoint)
{
    int linger = 2000, timeout = 30000, unlimited = 0;
    *client = (struct client){.socket = zmq_socket(context, type)};
    assert_non_null(client->socket);
    assert_int_equal(zmq_setsockopt(client->socket, ZMQ_LINGER, &linger, sizeof linger), 0);
    assert_int_equal(zmq_setsockopt(client->socket, ZMQ_RCVTIMEO, &timeout, sizeof timeout), 0);
    /* Replies are taken off the wire while the test does something else. */
    assert_int_equal(zmq_setsockopt(client->socket, ZMQ_RCVHWM, &unlimited, sizeof unlimited), 0);
    arena_init(&client->arena, 0);
    bytes_init(&client->request, 4 * WIRE_MESSAGE_MAX);
    if (endpoint != NULL)
        assert_int_equal(zmq_connect(client->socket, endpoint), 0);
}

static inline void client_close(struct client *client)
{
    arena_close(&client->arena);
    bytes_close(&client->request);
    assert_int_equal(zmq_close(client->socket), 0);
}

static inline void client_send(struct client *client, size_t count, const struct frame *frames)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(zmq_send(client->socket, frames[i].data, frames[i].size,
                                  i + 1 < count ? ZMQ_SNDMORE : 0),
                         frames[i].size);
}

/* Reads one message and decodes its last frame, which must be a reply. False: nothing in time. */
static inline bool client_hear(struct client *client)
{
    int more = 1;
    size_t size = sizeof more;
    client->frame_count = 0;
    arena_reset(&client->arena);
    while (more) {
        zmq_msg_t frame;
        assert_int_equal(zmq_msg_init(&frame), 0);
        if (zmq_msg_recv(&frame, client->socket, 0) < 0) {
            assert_int_equal(zmq_msg_close(&frame), 0);
            return false;
        }
        assert_true(client->frame_count < CLIENT_FRAMES_MAX);
        client->frames[client->frame_count++] =
            arena_copy(&client->arena, (struct text){zmq_msg_data(&frame), zmq_msg_size(&frame)});
        assert_int_equal(zmq_msg_close(&frame), 0);
        assert_int_equal(zmq_getsockopt(client->socket, ZMQ_RCVMORE, &more, &size), 0);
    }
    struct text last = client->frames[client->frame_count - 1];
    assert_true(wire_decode_reply(last.data, last.size, &client->arena, &client->reply));
    return true;
}

/* Encodes a request into client->request; the arguments are JSON with ' for ". */
static inline struct frame client_encode(struct client *client, uint64_t id, const char *auth,
                                         enum op op, const char *key, const char *json)
{
    struct ask ask;
    const struct message *message = message_of(op);
    arena_init(&ask.arena, 0);
    void *args = ask_bind(&ask, message, json);
    bytes_clear(&client->request);
    wire_encode_request(&client->request, (struct wire_id){.type = WIRE_ID_NUMBER, .number = id},
                        message, text_of(auth), text_of(key), args);
    arena_close(&ask.arena);
    return (struct frame){client->request.data, client->request.size};
}

/* As a DEALER asks: an empty frame, then the request. */
static inline void client_ask(struct client *client, uint64_t id, const char *auth, enum op op,
                              const char *key, const char *json)
{
    struct frame frames[] = {EMPTY_FRAME, client_encode(client, id, auth, op, key, json)};
    client_send(client, 2, frames);
}

/* "ok" or the code of the refusal. */
static inline const char *client_outcome(const struct client *client)
{
    return client->reply.ok ? "ok" : status_row(client->reply.problem.status)->code;
}

static inline int64_t client_integer(const struct client *client, const char *name)
{
    const struct node *node = node_find(client->reply.result, name);
    assert_non_null(node);
    assert_int_equal(node->type, NODE_INT);
    return node->integer;
}
