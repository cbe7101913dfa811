#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "limit.h"
#include "process.h"

#define THREADS 2
#define TUNED_BYTES 8192

/* About as long as the daemon's answer to a transfer. */
static char answer[] = "{\"type\":\"MoneyTransferred\",\"position\":1000000,"
                       "\"at\":\"2026-11-22T10:24:06.000001Z\","
                       "\"from\":{\"account\":\"1000000016\",\"balance\":1000000,\"version\":10},"
                       "\"to\":{\"account\":\"1000000024\",\"balance\":1000000,\"version\":10},"
                       "\"amount\":1,\"currency\":\"EUR\",\"reference\":\"\"}";

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    static int begun;
    (void)context, (void)url, (void)method, (void)version, (void)upload;
    if (*state == NULL) {
        *state = &begun;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof answer - 1, answer, MHD_RESPMEM_PERSISTENT);
    if (response == NULL ||
        MHD_add_response_header(response, "Content-Type", "application/json") != MHD_YES)
        return MHD_NO;
    enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return queued;
}

static void serve(int ready_fd, bool tuned)
{
    struct sockaddr_in any = {.sin_family = AF_INET,
                              .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    unsigned flags =
        tuned ? MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO : MHD_USE_AUTO_INTERNAL_THREAD;
    /* Zero is not a size: the library's own default is given by its number. */
    size_t memory = tuned ? TUNED_BYTES : 32 * 1024;
    struct MHD_Daemon *daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, NULL, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory, MHD_OPTION_SOCK_ADDR, &any, MHD_OPTION_END);
    const union MHD_DaemonInfo *port =
        daemon == NULL ? NULL : MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    if (port == NULL || dprintf(ready_fd, "127.0.0.1:%u\n", (unsigned)port->port) < 0)
        _exit(1);
}

static void serve_stock(int ready_fd)
{
    serve(ready_fd, false);
}

static void serve_tuned(int ready_fd)
{
    serve(ready_fd, true);
}

bool limit_http(enum limit_http how, struct load *load, double *rate)
{
    static struct load_result result;
    struct process peer;
    char address[64];
    if (!process_fork(&peer, how == LIMIT_HTTP_TUNED ? serve_tuned : serve_stock))
        return false;
    bool done =
        process_line(&peer, address, sizeof address) && http_load_run(load, address, &result);
    *rate = load_rate(&result);
    (void)process_stop(&peer, SIGKILL);
    return done;
}
