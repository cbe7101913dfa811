#include "client/client.h"

#include <stdlib.h>
#include <string.h>

#include "client/reply.h"
#include "wire/wire.h"

struct request {
    uint64_t id; /* 0: a free place */
    uint32_t owner, tag;
    enum client_lane lane;
    enum op op;
    bool ping;
    bool lost;
    bool forgotten;
    int64_t sent_ms, deadline_ms;
};

struct client {
    struct line_maker *maker;
    char *endpoint;
    char auth[CLIENT_AUTH_MAX];
    size_t auth_size;
    struct line *lines[CLIENT_LANES];
    struct request requests[CLIENT_REQUESTS_MAX];
    uint64_t last_id;
    enum client_state state;
    int64_t heard_ms; /* when the requests' line last said something */
    int64_t retry_ms; /* when not up: the next try */
    int64_t pause_ms; /* and the pause that follows it */
    int64_t latency_ms;
    struct bytes in, out;
    struct arena arena; /* of the reply given out last */
};

struct client *client_new(struct line_maker *maker, const char *endpoint, int64_t now_ms)
{
    struct client *client = calloc(1, sizeof *client);
    CHECK(client != NULL);
    client->maker = maker;
    client->endpoint = strdup(endpoint);
    CHECK(client->endpoint != NULL);
    client->retry_ms = now_ms;
    client->pause_ms = CLIENT_RETRY_MIN_MS;
    bytes_init(&client->in, LINE_MESSAGE_MAX);
    bytes_init(&client->out, WIRE_MESSAGE_MAX);
    arena_init(&client->arena, 0);
    return client;
}

static void close_lines(struct client *client)
{
    for (int lane = 0; lane < CLIENT_LANES; lane++) {
        if (client->lines[lane] != NULL) {
            client->lines[lane]->close(client->lines[lane]);
            client->lines[lane] = NULL;
        }
    }
}

void client_free(struct client **client)
{
    if (*client == NULL) {
        return;
    }
    close_lines(*client);
    explicit_bzero((*client)->auth, sizeof(*client)->auth);
    if ((*client)->out.data != NULL) {
        explicit_bzero((*client)->out.data, (*client)->out.capacity);
    }
    bytes_close(&(*client)->in);
    bytes_close(&(*client)->out);
    arena_close(&(*client)->arena);
    free((*client)->endpoint);
    free(*client);
    *client = NULL;
}

void client_set_auth(struct client *client, struct text auth)
{
    explicit_bzero(client->auth, sizeof client->auth);
    client->auth_size = auth.size < CLIENT_AUTH_MAX ? auth.size : 0;
    if (client->auth_size > 0) {
        memcpy(client->auth, auth.data, client->auth_size);
    }
}

struct text client_auth(const struct client *client)
{
    return (struct text){client->auth_size > 0 ? client->auth : NULL, client->auth_size};
}

const char *client_endpoint(const struct client *client)
{
    return client->endpoint;
}

static void go_down(struct client *client, int64_t now_ms)
{
    close_lines(client);
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
        client->requests[i].lost = client->requests[i].id != 0;
    }
    if (client->state == CLIENT_UP) {
        client->state = CLIENT_DOWN;
        client->pause_ms = CLIENT_RETRY_MIN_MS;
        client->retry_ms = now_ms + client->pause_ms;
    }
}

static struct request *free_request(struct client *client)
{
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
        if (client->requests[i].id == 0) {
            return &client->requests[i];
        }
    }
    return NULL;
}

static uint64_t send_request(struct client *client, const struct client_ask *ask, bool ping,
                             int64_t now_ms)
{
    struct request *request = free_request(client);
    struct line *line = client->lines[ask->lane];
    if (request == NULL || line == NULL) {
        return 0;
    }
    struct wire_id id = {.type = WIRE_ID_NUMBER, .number = client->last_id + 1};
    bytes_clear(&client->out);
    wire_encode_request(&client->out, id, message_of(ask->op), client_auth(client), ask->key,
                        ask->args);
    bool sent = !client->out.overflow && line->send(line, client->out.data, client->out.size);
    if (message_of(ask->op)->secret && client->out.data != NULL) {
        explicit_bzero(client->out.data, client->out.capacity);
    }
    if (!sent) {
        return 0;
    }
    int64_t deadline = ask->deadline_ms > 0 ? ask->deadline_ms : CLIENT_DEADLINE_MS;
    *request = (struct request){.id = ++client->last_id,
                                .owner = ask->owner,
                                .tag = ask->tag,
                                .lane = ask->lane,
                                .op = ask->op,
                                .ping = ping,
                                .sent_ms = now_ms,
                                .deadline_ms = now_ms + deadline};
    return request->id;
}

uint64_t client_send(struct client *client, const struct client_ask *ask, int64_t now_ms)
{
    return client->state == CLIENT_UP ? send_request(client, ask, false, now_ms) : 0;
}

void client_forget_owner(struct client *client, uint32_t owner)
{
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
        struct request *request = &client->requests[i];
        request->forgotten = request->forgotten || (request->id != 0 && request->owner == owner);
    }
}

/* Any answer is a sign of life, `unauthenticated` too. */
static bool send_ping(struct client *client, int64_t deadline_ms, int64_t now_ms)
{
    struct changes_query query = {.given = 1u << CHANGES_AFTER | 1u << CHANGES_LIMIT |
                                           1u << CHANGES_WAIT_MS,
                                  .after = (uint64_t)MONEY_MAX,
                                  .limit = 1};
    struct client_ask ask = {
        .lane = CLIENT_REQUESTS, .op = OP_GET_CHANGES, .args = &query, .deadline_ms = deadline_ms};
    return send_request(client, &ask, true, now_ms) != 0;
}

static void try_again(struct client *client, int64_t now_ms)
{
    close_lines(client);
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
        struct request *request = &client->requests[i];
        if (request->ping) {
            *request = (struct request){0};
        }
    }
    client->heard_ms = now_ms;
    client->retry_ms = now_ms + client->pause_ms;
    client->pause_ms *= 2;
    if (client->pause_ms > CLIENT_RETRY_MAX_MS) {
        client->pause_ms = CLIENT_RETRY_MAX_MS;
    }
    client->lines[CLIENT_REQUESTS] = client->maker->open(client->maker, client->endpoint);
    if (client->lines[CLIENT_REQUESTS] != NULL &&
        !send_ping(client, CLIENT_RETRY_MAX_MS + CLIENT_SILENCE_MS, now_ms)) {
        close_lines(client);
    }
}

static void come_up(struct client *client)
{
    client->lines[CLIENT_FEED] = client->maker->open(client->maker, client->endpoint);
    client->state = CLIENT_UP;
    client->pause_ms = CLIENT_RETRY_MIN_MS;
}

/* When the oldest request of the requests' line was sent; INT64_MAX: none waits. */
static int64_t oldest_ms(const struct client *client, bool with_pings)
{
    int64_t oldest = INT64_MAX;
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
        const struct request *request = &client->requests[i];
        if (request->id != 0 && request->lane == CLIENT_REQUESTS &&
            (with_pings || !request->ping) && !request->lost && request->sent_ms < oldest) {
            oldest = request->sent_ms;
        }
    }
    return oldest;
}

/* Since when somebody should have heard from the daemon; INT64_MAX: nobody asked. */
static int64_t silent_since_ms(const struct client *client)
{
    int64_t oldest = oldest_ms(client, true);
    return oldest != INT64_MAX && client->heard_ms > oldest ? client->heard_ms : oldest;
}

static bool ping_waits(const struct client *client)
{
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
        if (client->requests[i].id != 0 && client->requests[i].ping) {
            return true;
        }
    }
    return false;
}

void client_turn(struct client *client, int64_t now_ms)
{
    if (client->state != CLIENT_UP) {
        if (now_ms >= client->retry_ms) {
            try_again(client, now_ms);
        }
        return;
    }
    int64_t since = silent_since_ms(client);
    if (since != INT64_MAX && now_ms - since >= CLIENT_SILENCE_MS) {
        go_down(client, now_ms);
        return;
    }
    if (now_ms - client->heard_ms >= CLIENT_PING_MS && !ping_waits(client) &&
        !send_ping(client, CLIENT_DEADLINE_MS, now_ms)) {
        go_down(client, now_ms);
    }
}

static struct request *find_request(struct client *client, uint64_t id, enum client_lane lane)
{
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX && id != 0; i++) {
        if (client->requests[i].id == id && client->requests[i].lane == lane) {
            return &client->requests[i];
        }
    }
    return NULL;
}

static void identify(const struct request *request, struct client_reply *out)
{
    *out = (struct client_reply){.id = request->id,
                                 .owner = request->owner,
                                 .tag = request->tag,
                                 .op = request->op,
                                 .result = CLIENT_LOST};
}

/* A message that came: true when it is somebody's reply, now in *out. What is garbled, late,
 * doubled or nobody's is dropped; its request then meets its deadline. */
static bool take_message(struct client *client, enum client_lane lane, int64_t now_ms,
                         struct client_reply *out)
{
    struct wire_reply reply;
    arena_reset(&client->arena);
    if (!wire_decode_reply(client->in.data, client->in.size, &client->arena, &reply) ||
        reply.id.type != WIRE_ID_NUMBER) {
        return false;
    }
    struct request *request = find_request(client, reply.id.number, lane);
    if (request == NULL || request->lost) {
        return false;
    }
    identify(request, out);
    if (!reply_bind(&reply, &client->arena, out)) {
        return false;
    }
    bool wanted = !request->ping && !request->forgotten;
    if (lane == CLIENT_REQUESTS) {
        client->heard_ms = now_ms;
        client->latency_ms = now_ms - request->sent_ms;
    }
    *request = (struct request){0};
    if (client->state != CLIENT_UP) {
        come_up(client);
    }
    return wanted;
}

static bool take_from_line(struct client *client, enum client_lane lane, int64_t now_ms,
                           struct client_reply *out)
{
    while (client->lines[lane] != NULL) {
        struct line *line = client->lines[lane];
        enum line_news news = line->receive(line, &client->in);
        if (news == LINE_LOST) {
            go_down(client, now_ms);
            return false;
        }
        if (news == LINE_NOTHING) {
            return false;
        }
        if (take_message(client, lane, now_ms, out)) {
            return true;
        }
    }
    return false;
}

static bool take_lost(struct client *client, int64_t now_ms, struct client_reply *out)
{
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
        struct request *request = &client->requests[i];
        if (request->id == 0 || (!request->lost && now_ms < request->deadline_ms)) {
            continue;
        }
        bool wanted = !request->ping && !request->forgotten;
        identify(request, out);
        *request = (struct request){0};
        if (wanted) {
            return true;
        }
    }
    return false;
}

bool client_next(struct client *client, int64_t now_ms, struct client_reply *out)
{
    for (int lane = 0; lane < CLIENT_LANES; lane++) {
        if (take_from_line(client, (enum client_lane)lane, now_ms, out)) {
            return true;
        }
    }
    return take_lost(client, now_ms, out);
}

int client_fds(const struct client *client, int out[CLIENT_FDS_MAX])
{
    int count = 0;
    for (int lane = 0; lane < CLIENT_LANES; lane++) {
        if (client->lines[lane] != NULL) {
            count += client->lines[lane]->fds(client->lines[lane], &out[count]);
        }
    }
    return count;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int client_timeout_ms(const struct client *client, int64_t now_ms)
{
    int64_t due = INT64_MAX;
    for (int lane = 0; lane < CLIENT_LANES; lane++) {
        struct line *line = client->lines[lane];
        due = line != NULL && line->ready(line) ? now_ms : due;
    }
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
        if (client->requests[i].id != 0) {
            due = earlier(due, client->requests[i].lost ? now_ms : client->requests[i].deadline_ms);
        }
    }
    if (client->state != CLIENT_UP) {
        due = earlier(due, client->retry_ms);
    } else {
        int64_t since = silent_since_ms(client);
        due = since == INT64_MAX ? due : earlier(due, since + CLIENT_SILENCE_MS);
        due = ping_waits(client) ? due : earlier(due, client->heard_ms + CLIENT_PING_MS);
    }
    return due <= now_ms ? 0 : due - now_ms > 60000 ? 60000 : (int)(due - now_ms);
}

enum client_state client_state(const struct client *client)
{
    return client->state;
}

int64_t client_retry_in_ms(const struct client *client, int64_t now_ms)
{
    return client->retry_ms > now_ms ? client->retry_ms - now_ms : 0;
}

int64_t client_heard_ms(const struct client *client)
{
    return client->heard_ms;
}

int64_t client_latency_ms(const struct client *client)
{
    return client->latency_ms;
}

size_t client_in_flight(const struct client *client)
{
    size_t count = 0;
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
        const struct request *request = &client->requests[i];
        count += request->id != 0 && request->lane == CLIENT_REQUESTS && !request->ping;
    }
    return count;
}

int64_t client_waiting_ms(const struct client *client, int64_t now_ms)
{
    int64_t oldest = oldest_ms(client, false);
    return oldest == INT64_MAX ? 0 : now_ms - oldest;
}

void client_retry_now(struct client *client, int64_t now_ms)
{
    if (client->state != CLIENT_UP) {
        client->pause_ms = CLIENT_RETRY_MIN_MS;
        client->retry_ms = now_ms;
    }
}
