/* From a request that is all there to a call for the service, or to a reply at once. */
#include "rest/door.h"

#include <string.h>

#include "contract/bind.h"
#include "rest/uri.h"
#include "json/json.h"

static bool refused(const struct exchange *exchange)
{
    return exchange->call.problem.status != STATUS_ok;
}

static enum request_next refuse(struct exchange *exchange)
{
    reply_problem(exchange);
    return REQUEST_REPLY;
}

static bool takes_no_body(const struct message *message)
{
    return strcmp(message->method, MHD_HTTP_METHOD_GET) == 0 ||
           strcmp(message->method, MHD_HTTP_METHOD_DELETE) == 0;
}

/* 404 and 405, and the answer to OPTIONS. True: a message was found. */
static bool find_message(struct exchange *exchange, struct text path, struct message_match *match)
{
    struct problem *problem = &exchange->call.problem;
    bool options = text_is(exchange->method, MHD_HTTP_METHOD_OPTIONS);
    message_match(exchange->method, path, match);
    switch (match->outcome) {
    case MESSAGE_MATCH_FOUND:
        exchange->call.message = match->message;
        return true;
    case MESSAGE_MATCH_NO_PATH:
        problem_set(problem, STATUS_not_found, "There is nothing at this path: see /openapi.json.");
        reply_problem(exchange);
        return false;
    case MESSAGE_MATCH_NO_METHOD:
        break;
    }
    reply_allow(exchange, match->allow, options);
    return false;
}

static void check_accept(struct exchange *exchange)
{
    bool statement = exchange->call.message->op == OP_GET_STATEMENT;
    if (!accept_best(&exchange->accept, statement ? MEDIA_COUNT : 1, &exchange->media)) {
        problem_set(&exchange->call.problem, STATUS_not_acceptable, "%s",
                    statement ? "Accept application/json, text/csv or text/plain."
                              : "Accept application/json.");
    }
}

static void check_key(struct exchange *exchange)
{
    struct call *call = &exchange->call;
    if (!exchange->key_given || call->message->kind != MESSAGE_COMMAND) {
        call->key = (struct text){NULL, 0};
    } else if (!exchange->key_good) {
        problem_set(&call->problem, STATUS_invalid_key,
                    "Send one Idempotency-Key of 1 to %d printable ASCII characters.", ARG_KEY_MAX);
    }
}

/* Parses the body when there is one; `*body` stays NULL when there is none. */
static void read_body(struct exchange *exchange, struct node *node, const struct node **body)
{
    struct problem *problem = &exchange->call.problem;
    *body = NULL;
    if (exchange->has_body && takes_no_body(exchange->call.message)) {
        problem_set(problem, STATUS_malformed_request, "Send no body with a %s.",
                    exchange->call.message->method);
    } else if (exchange->body.size > 0 && exchange->encoded) {
        problem_set(problem, STATUS_unsupported_media_type,
                    "Send the body as it is, without a Content-Encoding.");
    } else if (exchange->body.size > 0 && !accept_is_json(exchange->content_type)) {
        problem_set(problem, STATUS_unsupported_media_type,
                    "Send the body as UTF-8 JSON, with Content-Type: application/json.");
    } else if (exchange->body.size > 0 && json_parse(exchange->body.data, exchange->body.size,
                                                     &exchange->arena, node, problem)) {
        *body = node;
    }
}

static void bind_all(struct exchange *exchange, const struct message_match *match,
                     struct text query)
{
    struct call *call = &exchange->call;
    struct arena *arena = &exchange->arena;
    struct text values[MESSAGE_PATH_VALUES_MAX];
    struct parameter parameters[URI_PARAMETERS_MAX];
    struct node node;
    const struct node *body;
    size_t count = 0;
    for (size_t i = 0; i < match->value_count; i++) {
        if (!message_decode(match->values[i], false, arena, &values[i])) {
            problem_set(&call->problem, STATUS_malformed_request,
                        "Write the path with escapes of two hexadecimal digits.");
            return;
        }
    }
    if (!uri_query(query, arena, parameters, &count, &call->problem)) {
        return;
    }
    read_body(exchange, &node, &body);
    if (!refused(exchange) && !bind_parameters(call->message, values, parameters, count, body,
                                               arena, &call->args, &call->problem)) {
        CHECK(refused(exchange));
    }
}

enum request_next request_decode(struct exchange *exchange)
{
    struct problem *problem = &exchange->call.problem;
    struct message_match match;
    struct text path, query;
    if (refused(exchange)) { /* too large, one way or another */
        return refuse(exchange);
    }
    if (text_is(exchange->target, "*") && text_is(exchange->method, MHD_HTTP_METHOD_OPTIONS)) {
        reply_allow(exchange, "GET, HEAD, POST", true);
        return REQUEST_REPLY;
    }
    if (!uri_split(exchange->target, &path, &query)) {
        problem_set(problem, STATUS_malformed_request, "Send the path of a URI, starting with /.");
        return refuse(exchange);
    }
    if (pages_answer(exchange, path) || !find_message(exchange, path, &match)) {
        return REQUEST_REPLY;
    }
    check_accept(exchange);
    if (!refused(exchange)) {
        check_key(exchange);
    }
    if (!refused(exchange)) {
        bind_all(exchange, &match, query);
    }
    if (!refused(exchange) && exchange->rest->draining) {
        problem_set(problem, STATUS_unavailable, "The daemon is stopping: ask again soon.");
    }
    return refused(exchange) ? refuse(exchange) : REQUEST_SUBMIT;
}
