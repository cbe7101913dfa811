/* From a call the service gave back, or a problem found here, to bytes and headers; and their
 * queueing. The bytes stay in the exchange until libmicrohttpd has done with them, so it copies
 * nothing. */
#include "rest/door.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/account_number.h"
#include "base/time.h"
#include "contract/emit.h"
#include "host/log.h"
#include "rest/statement.h"
#include "json/json.h"

#define RETRY_AFTER_S 1

void reply_problem(struct exchange *exchange)
{
    struct problem *problem = &exchange->call.problem;
    struct reply *reply = &exchange->reply;
    const struct status_row *row = status_row(problem->status);
    struct json_emitter json;
    if ((row->http == 429 || row->http == 503) && problem->retry_after_s == 0) {
        problem->retry_after_s = RETRY_AFTER_S;
    }
    bytes_clear(&exchange->out);
    json_emitter_init(&json, &exchange->out);
    emit_problem(&json.emitter, problem, (struct text){exchange->id, REST_ID_SIZE}, true);
    reply->http = (unsigned)row->http;
    reply->type = "application/problem+json";
    reply->authenticate = row->http == 401;
    reply->retry_after_s = problem->retry_after_s;
}

void reply_text(struct exchange *exchange, unsigned http, const char *type, struct text body)
{
    bytes_clear(&exchange->out);
    bytes_put_text(&exchange->out, body);
    exchange->reply.http = http;
    exchange->reply.type = type;
}

void reply_allow(struct exchange *exchange, const char *allow, bool options)
{
    struct text list = arena_print(&exchange->arena, "%s, OPTIONS", allow);
    exchange->reply.allow = list.data;
    if (options) {
        exchange->reply.http = MHD_HTTP_NO_CONTENT;
        return;
    }
    problem_set(&exchange->call.problem, STATUS_method_not_allowed, "Use one of: %s.", list.data);
    reply_problem(exchange);
}

static void reply_statement(struct exchange *exchange)
{
    const struct statement_result *statement = exchange->call.result.value;
    struct reply *reply = &exchange->reply;
    char account[ACCOUNT_TEXT_MAX], month[MONTH_TEXT_MAX];
    bool csv = exchange->media == MEDIA_CSV;
    if (csv) {
        statement_csv(&exchange->out, statement);
        reply->type = "text/csv; charset=utf-8; header=present";
    } else {
        statement_plain(&exchange->out, statement);
        reply->type = "text/plain; charset=utf-8";
    }
    reply->file_name = arena_print(&exchange->arena, "inline; filename=\"statement-%s-%s.%s\"",
                                   account_print(statement->account, account),
                                   month_print(statement->month, month), csv ? "csv" : "txt");
}

static void reply_result(struct exchange *exchange)
{
    const struct call *call = &exchange->call;
    struct reply *reply = &exchange->reply;
    bytes_clear(&exchange->out);
    reply->http = call->message->created ? MHD_HTTP_CREATED : MHD_HTTP_OK;
    reply->etag = call->etag;
    reply->location = arena_copy(&exchange->arena, call->location); /* ends in a NUL */
    reply->vary = call->message->op == OP_GET_STATEMENT;
    if (call->message->no_content || call->result.shape == NULL) {
        reply->http = MHD_HTTP_NO_CONTENT;
        return;
    }
    if (reply->vary && exchange->media != MEDIA_JSON) {
        reply_statement(exchange);
    } else {
        json_write_any(&exchange->out, call->result);
        reply->type = "application/json";
    }
    /* The body of a 304 is not sent, but its length is that of the 200 (RFC 9110, 8.6). */
    if (call->etag != 0 && exchange->if_none_match.data != NULL &&
        accept_none_match(exchange->if_none_match, call->etag)) {
        reply->http = MHD_HTTP_NOT_MODIFIED;
    }
}

void reply_call(struct exchange *exchange)
{
    struct call *call = &exchange->call;
    exchange->reply.replayed = call->replayed;
    if (call->status == STATUS_ok) {
        reply_result(exchange);
        if (!exchange->out.overflow) {
            return;
        }
        exchange->reply = (struct reply){0};
        call->status = STATUS_unavailable;
        problem_clear(&call->problem);
        problem_set(&call->problem, call->status, "The answer is too large for one reply.");
    }
    if (call->problem.status == STATUS_ok) {
        call->problem.status = call->status;
    }
    reply_problem(exchange);
}

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    /* False only for what no header may hold; none of ours does, and a reply without one header
     * is better than none. */
    if (MHD_add_response_header(response, name, value) != MHD_YES) {
        log_warning("rest", "header left out name=%s", name);
    }
}

static void add_number(struct MHD_Response *response, const char *name, const char *format,
                       uint64_t number)
{
    char value[32];
    (void)snprintf(value, sizeof(value), format, number);
    add(response, name, value);
}

static void add_headers(const struct exchange *exchange, struct MHD_Response *response)
{
    const struct reply *reply = &exchange->reply;
    add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add(response, "X-Request-Id", exchange->id);
    if (reply->type != NULL) {
        add(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    }
    if (reply->allow != NULL) {
        add(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
    }
    if (reply->location.data != NULL) {
        add(response, MHD_HTTP_HEADER_LOCATION, reply->location.data);
    }
    if (reply->file_name.data != NULL) {
        add(response, "Content-Disposition", reply->file_name.data);
        add(response, "X-Content-Type-Options", "nosniff");
    }
    if (reply->etag != 0) {
        add_number(response, MHD_HTTP_HEADER_ETAG, "\"%" PRIu64 "\"", reply->etag);
    }
    if (reply->retry_after_s != 0) {
        add_number(response, MHD_HTTP_HEADER_RETRY_AFTER, "%" PRIu64, reply->retry_after_s);
    }
    if (reply->replayed) {
        add(response, "Idempotent-Replayed", "true");
    }
    if (reply->authenticate) {
        add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    }
    if (reply->vary) {
        add(response, MHD_HTTP_HEADER_VARY, "Accept");
    }
    if (reply->close || exchange->rest->draining) {
        add(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
}

enum MHD_Result reply_send(struct exchange *exchange, struct MHD_Connection *connection)
{
    exchange->state = EXCHANGE_SENT;
    seat_begin_reply(&exchange->rest->seats, exchange->seat, exchange->out.size);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        exchange->out.size, exchange->out.data, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    add_headers(exchange, response);
    enum MHD_Result queued = MHD_queue_response(connection, exchange->reply.http, response);
    MHD_destroy_response(response);
    return queued;
}
