/* libmicrohttpd's callbacks.
 *
 * It calls the handler for a request once when the headers are there, then with each piece of the
 * body, then, when all is there, at every MHD_run until a response is queued. That last is what
 * parks a request: while the service holds its call the handler just returns. Suspending instead
 * would cost two epoll_ctl, an eventfd write and a wasted read for every request.
 *
 * A response queued at the first call makes libmicrohttpd close the connection, so only a request
 * whose framing cannot be trusted is refused there; everything else is read to its end first. */
#include "rest/door.h"

#include <string.h>

#include "rest/headers.h"

/* The query is ours to read. libmicrohttpd would split it into records of its small pool, and when
 * they do not fit it neither answers nor closes; so it is not shown one. The bytes are those of
 * its read buffer: the `const` is the callback's only. */
static void hide_query(struct text target)
{
    char *mark = target.size == 0 ? NULL : memchr(target.data, '?', target.size);
    if (mark != NULL) {
        memset(mark, 0, target.size - (size_t)(mark - target.data));
    }
}

void *handler_target(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct rest *rest = cls;
    struct exchange *exchange = exchange_new(rest);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    CHECK(info != NULL && info->socket_context != NULL);
    exchange->seat = info->socket_context;
    struct text target = text_of(uri == NULL ? "" : uri);
    rest->moved = true;
    exchange->raw_target = target;
    if (target.size > REST_URI_MAX) {
        problem_set(&exchange->call.problem, STATUS_uri_too_long, "Send at most %d bytes of URI.",
                    REST_URI_MAX);
        target = TEXT("/");
    }
    exchange->target = arena_copy(&exchange->arena, target);
    hide_query(exchange->raw_target);
    return exchange;
}

static void too_large(struct exchange *exchange)
{
    problem_set(&exchange->call.problem, STATUS_request_too_large, "Send at most %u bytes.",
                REST_BODY_MAX);
}

static enum MHD_Result refuse_now(struct exchange *exchange, struct MHD_Connection *connection)
{
    exchange->rest->owing++;
    exchange->reply.close = true;
    reply_problem(exchange);
    return reply_send(exchange, connection);
}

/* The key, the credentials and what the reply will depend on, kept beyond the connection. */
static void keep_headers(struct exchange *exchange, const struct headers *headers)
{
    struct call *call = &exchange->call;
    struct arena *arena = &exchange->arena;
    call->auth = arena_copy(arena, headers->auth);
    exchange->accept = headers->accept;
    exchange->content_type = arena_copy(arena, headers->content_type);
    exchange->encoded = headers->encoded;
    exchange->if_none_match = arena_copy(arena, headers->if_none_match);
    if (headers->keys == 1) {
        exchange->key_given = true;
        exchange->key_good = accept_key(headers->key, arena, &call->key);
    } else if (headers->keys > 1) {
        exchange->key_given = true;
        exchange->key_good = false;
    }
}

static void check_sizes(struct exchange *exchange, struct MHD_Connection *connection,
                        const struct headers *headers)
{
    const union MHD_ConnectionInfo *size =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (size == NULL || size->header_size > REST_HEADERS_MAX) {
        problem_set(&exchange->call.problem, STATUS_headers_too_large,
                    "Send at most %d bytes of headers.", REST_HEADERS_MAX);
    }
    if (headers->content_length > REST_BODY_MAX) {
        too_large(exchange);
    }
}

static enum MHD_Result first_call(struct exchange *exchange, struct MHD_Connection *connection,
                                  const char *method, const char *version)
{
    struct headers headers;
    const struct head_layout layout = {method, exchange->raw_target, version};
    exchange->state = EXCHANGE_BODY;
    exchange->method = arena_copy(&exchange->arena, text_of(method));
    exchange->head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    bool sound = headers_read(connection, &layout, &headers, &exchange->call.problem);
    if (sound && exchange->rest->open && !(headers.to_itself && headers.from_itself)) {
        problem_set(&exchange->call.problem, STATUS_forbidden,
                    "This bank is open to its own machine only: ask it as localhost.");
        sound = false;
    }
    if (!sound) {
        return refuse_now(exchange, connection);
    }
    check_sizes(exchange, connection, &headers);
    bool large = headers.content_length > REST_BODY_MAX;
    if (large && (headers.expects || headers.content_length > REST_SWALLOW_MAX)) {
        return refuse_now(exchange, connection);
    }
    exchange->has_body = headers.chunked || headers.content_length > 0;
    if (exchange->has_body) {
        seat_begin_body(&exchange->rest->seats, exchange->seat);
    }
    keep_headers(exchange, &headers);
    return MHD_YES;
}

/* False: more than anybody should have to read. */
static bool take_body(struct exchange *exchange, const char *data, size_t size)
{
    exchange->rest->moved = true;
    exchange->body_size += size;
    if (exchange->body_size > REST_SWALLOW_MAX) {
        return false;
    }
    if (exchange->body_size > REST_BODY_MAX) {
        bytes_clear(&exchange->body);
        too_large(exchange);
    } else if (exchange->call.problem.status == STATUS_ok) {
        bytes_put(&exchange->body, data, size);
    }
    return true;
}

static enum MHD_Result last_call(struct exchange *exchange, struct MHD_Connection *connection)
{
    struct rest *rest = exchange->rest;
    metric_add(METRIC_rest_requests_total, 1);
    rest->moved = true;
    rest->owing++;
    if (request_decode(exchange) == REQUEST_REPLY) {
        return reply_send(exchange, connection);
    }
    exchange->state = EXCHANGE_WAITING;
    seat_serve(exchange->seat);
    rest->parked++;
    service_submit(rest->port, &exchange->call);
    return MHD_YES;
}

enum MHD_Result handler_request(void *cls, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload_data,
                                size_t *upload_data_size, void **con_cls)
{
    (void)url;
    (void)cls;
    struct exchange *exchange = *con_cls;
    switch (exchange->state) {
    case EXCHANGE_TARGET:
        return first_call(exchange, connection, method, version);
    case EXCHANGE_BODY:
        if (*upload_data_size > 0) {
            bool good = take_body(exchange, upload_data, *upload_data_size);
            *upload_data_size = 0;
            return good ? MHD_YES : MHD_NO;
        }
        return last_call(exchange, connection);
    case EXCHANGE_READY:
        exchange->rest->parked--;
        exchange->rest->moved = true;
        return reply_send(exchange, connection);
    case EXCHANGE_WAITING:
    case EXCHANGE_SENT:
        break;
    }
    return MHD_YES;
}

void handler_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                       enum MHD_RequestTerminationCode why)
{
    (void)cls;
    (void)connection;
    struct exchange *exchange = *con_cls;
    *con_cls = NULL;
    if (exchange == NULL) {
        return;
    }
    struct rest *rest = exchange->rest;
    enum exchange_state state = exchange->state;
    rest->moved = true;
    if (state != EXCHANGE_TARGET && state != EXCHANGE_BODY) {
        rest->owing--;
    }
    if (state == EXCHANGE_WAITING || state == EXCHANGE_READY) {
        rest->parked--;
    }
    if (why == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
        seat_done(&rest->seats, exchange->seat);
    }
    exchange->connected = false;
    exchange->seat = NULL;
    if (state != EXCHANGE_WAITING) {
        exchange_release(exchange);
    }
}

void handler_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode what)
{
    struct rest *rest = cls;
    rest->moved = true;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        CHECK(info != NULL);
        struct seat *seat = seat_new(&rest->seats, info->connect_fd);
        line_watch(&rest->lines, &seat->line, info->connect_fd);
        *socket_context = seat;
        metric_add(METRIC_rest_connections, 1);
    } else {
        struct seat *seat = *socket_context;
        line_leave(&rest->lines, &seat->line);
        seat_free(&rest->seats, seat);
        *socket_context = NULL;
        metric_sub(METRIC_rest_connections, 1);
    }
}
