/* What needs no key: is the daemon alive, is it ready, how is it doing, what does it speak. */
#include "rest/door.h"

#include "base/status.h"
#include "rest/openapi.h"

static const char plain[] = "text/plain; charset=utf-8";

static void page_livez(struct exchange *exchange)
{
    reply_text(exchange, MHD_HTTP_OK, plain, TEXT("ok\n"));
}

static void page_readyz(struct exchange *exchange)
{
    if (service_ready(exchange->rest->service) && !exchange->rest->draining) {
        reply_text(exchange, MHD_HTTP_OK, plain, TEXT("ready\n"));
        return;
    }
    problem_set(&exchange->call.problem, STATUS_unavailable,
                "The daemon is starting or stopping: ask again in a moment.");
    reply_problem(exchange);
}

static void page_metrics(struct exchange *exchange)
{
    bytes_clear(&exchange->out);
    metrics_print(&exchange->out);
    exchange->reply.http = MHD_HTTP_OK;
    exchange->reply.type = "text/plain; version=0.0.4";
}

static void page_openapi(struct exchange *exchange)
{
    reply_text(exchange, MHD_HTTP_OK, "application/json",
               (struct text){(const char *)openapi_json, openapi_json_size});
}

/* What the `type` of a problem leads to. Titles and sentences of the table need no escaping. */
static bool page_problem(struct exchange *exchange, struct text code)
{
    enum status status;
    if (!status_by_code(code, &status) || status == STATUS_ok) {
        return false;
    }
    const struct status_row *row = status_row(status);
    struct bytes *out = &exchange->out;
    bytes_clear(out);
    bytes_print(out,
                "{\"type\":\"/problems/%s\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\","
                "\"detail\":\"%s\"}",
                row->code, row->title, row->http, row->code, row->detail);
    exchange->reply.http = MHD_HTTP_OK;
    exchange->reply.type = "application/json";
    return true;
}

static bool find_page(struct exchange *exchange, struct text path)
{
    static const struct {
        const char *path;
        void (*page)(struct exchange *exchange);
    } pages[] = {
        {"/livez", page_livez},
        {"/readyz", page_readyz},
        {"/metrics", page_metrics},
        {"/openapi.json", page_openapi},
    };
    const struct text problems = TEXT("/problems/");
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (text_is(path, pages[i].path)) {
            pages[i].page(exchange);
            return true;
        }
    }
    if (path.size > problems.size &&
        text_equal((struct text){path.data, problems.size}, problems)) {
        return page_problem(exchange,
                            (struct text){path.data + problems.size, path.size - problems.size});
    }
    return false;
}

bool pages_answer(struct exchange *exchange, struct text path)
{
    if (!find_page(exchange, path)) {
        return false;
    }
    if (!text_is(exchange->method, MHD_HTTP_METHOD_GET) &&
        !text_is(exchange->method, MHD_HTTP_METHOD_HEAD)) {
        bool options = text_is(exchange->method, MHD_HTTP_METHOD_OPTIONS);
        bytes_clear(&exchange->out);
        exchange->reply = (struct reply){0};
        problem_clear(&exchange->call.problem);
        reply_allow(exchange, "GET, HEAD", options);
    }
    return true;
}
