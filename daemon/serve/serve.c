#include "serve/serve.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "host/heap.h"
#include "host/log.h"
#include "host/thread.h"
#include "serve/inside.h"

#define SERVE_PROGRESS_MS 1000
#define SERVE_SETTLE_MS 10000
#define SERVE_FILES_MAX 65536

/* ---- what was asked */

int serve_refuse(int code, const char *what, const char *why)
{
    fprintf(stderr, "tellerd: %s%s\n", what, why);
    return code;
}

static int print_help(void)
{
    struct bytes help;
    bytes_init(&help, CONFIG_FILE_MAX);
    config_help(&help);
    size_t written = fwrite(help.data, 1, help.size, stdout);
    bool whole = written == help.size && fflush(stdout) == 0;
    bytes_close(&help);
    return whole ? EX_OK : EX_IOERR;
}

/* Everything on this side of encryption stays on the machine. */
static int check_addresses(const struct config *config)
{
    if (!rest_address_is_loopback(config->http))
        return serve_refuse(
            EX_USAGE, config->http,
            ": HTTP is served on loopback addresses only, 127.0.0.1:8080 for example");
    for (size_t i = 0; i < config->zmq_count; i++) {
        if (!zmq_endpoint_is_local(config->zmq[i]))
            return serve_refuse(EX_USAGE, config->zmq[i],
                                ": ZeroMQ is served on ipc:// and loopback addresses only,"
                                " tcp://127.0.0.1:5555 for example");
    }
    return EX_OK;
}

/* ---- running */

/* Waits for the projector to fold what was on disk at the start, or for a signal. */
static bool wait_until_ready(struct serve *serve)
{
    uint64_t target = engine_thread_committed(serve->engine);
    while (!service_ready(serve->service)) {
        if (!projector_notify(serve->projector, serve->seen_fd, target))
            continue;
        struct pollfd fds[] = {{.fd = serve->signal_fd, .events = POLLIN},
                               {.fd = serve->seen_fd, .events = POLLIN}};
        int events = poll(fds, 2, SERVE_PROGRESS_MS);
        if (events > 0 && fds[0].revents != 0)
            return false;
        eventfd_t ignored;
        if (events > 0 && fds[1].revents != 0)
            (void)eventfd_read(serve->seen_fd, &ignored);
        else
            log_info("serve", "the views catch up record=%" PRIu64 " of=%" PRIu64,
                     projector_seen(projector_thread_projector(serve->projector)), target);
    }
    return true;
}

static void print_ready(const struct serve *serve)
{
    printf("ready http=%s zmq=", rest_address(serve->rest));
    for (size_t i = 0; i < serve->config.zmq_count; i++)
        printf("%s%s", i == 0 ? "" : ",", zmq_door_endpoint(serve->zmq, i));
    printf(" data=%s\n", serve->folder.path);
    if (fflush(stdout) != 0)
        log_warning("serve", "nobody reads standard output");
}

static void wait_for_signal(struct serve *serve)
{
    struct signalfd_siginfo info;
    ssize_t size;
    do
        size = read(serve->signal_fd, &info, sizeof info);
    while (size < 0 && errno == EINTR);
    log_info("serve", "stopping signal=%u", size == sizeof info ? info.ssi_signo : 0);
}

/* Connections are files. */
static void raise_file_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= SERVE_FILES_MAX)
        return;
    files.rlim_cur = files.rlim_max < SERVE_FILES_MAX ? files.rlim_max : SERVE_FILES_MAX;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        log_warning("serve", "cannot raise the limit of open files");
}

/* Threads started from here on inherit the mask: signals come to the descriptor only. */
static int prepare_process(struct serve *serve)
{
    sigset_t signals;
    CHECK(sigemptyset(&signals) == 0 && sigaddset(&signals, SIGTERM) == 0 &&
          sigaddset(&signals, SIGINT) == 0 && sigaddset(&signals, SIGHUP) == 0);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    CHECK(sigaction(SIGPIPE, &ignore, NULL) == 0);
    CHECK(sigprocmask(SIG_BLOCK, &signals, NULL) == 0);
    serve->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    serve->seen_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (serve->signal_fd < 0 || serve->seen_fd < 0)
        return serve_refuse(EX_OSERR, "cannot start: ", strerror(errno));
    raise_file_limit();
    heap_keep();
    thread_take_turns();
    return EX_OK;
}

static int open_all(struct serve *serve)
{
    static int (*const steps[])(struct serve *) = {
        prepare_process,
        serve_open_folder,
        serve_open_registry,
        serve_open_journal,
        /* It folds what a crash left while the engine replays the same. */
        serve_open_projector,
        serve_open_engine,
        serve_open_webhooks,
        serve_open_service,
        serve_open_doors,
        serve_announce,
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int code = steps[i](serve);
        if (code != EX_OK)
            return code;
    }
    return EX_OK;
}

/* Lets the projector fold the last records, so that the next start finds the views complete. */
static void settle_views(struct serve *serve)
{
    uint64_t last = engine_thread_committed(serve->engine);
    struct pollfd fd = {.fd = serve->seen_fd, .events = POLLIN};
    if (projector_notify(serve->projector, serve->seen_fd, last))
        (void)poll(&fd, 1, SERVE_SETTLE_MS);
    projector_forget(serve->projector, serve->seen_fd);
}

/* Doors first, so that nothing new comes. The projector before the engine, which it may be telling
 * about its lag; nobody commits any more. */
static void close_all(struct serve *serve)
{
    rest_stop(&serve->rest);
    zmq_door_stop(&serve->zmq);
    if (serve->service != NULL && service_ready(serve->service))
        settle_views(serve);
    service_free(&serve->service);
    webhooks_thread_stop(&serve->webhooks);
    if (serve->owners != NULL)
        views_close(&serve->owners);
    projector_thread_stop(&serve->projector);
    engine_thread_stop(&serve->engine);
    journal_close(&serve->journal);
    registry_close(&serve->registry);
    folder_close(&serve->folder);
    if (serve->signal_fd >= 0)
        (void)close(serve->signal_fd);
    if (serve->seen_fd >= 0)
        (void)close(serve->seen_fd);
}

int serve_run(int argc, char **argv)
{
    struct serve serve = {.folder.lock_fd = -1, .signal_fd = -1, .seen_fd = -1};
    char why[CONFIG_WHY_MAX];
    struct config_source source = config_system(argc, argv);
    int code = config_read(&serve.config, &source, why);
    if (code != EX_OK)
        return serve_refuse(code, why, "");
    if (serve.config.help)
        return print_help();
    if (serve.config.version)
        return printf("tellerd %s\n", TELLER_VERSION) > 0 ? EX_OK : EX_IOERR;
    code = check_addresses(&serve.config);
    if (code == EX_OK)
        code = serve_check_webhooks(&serve.config);
    if (code != EX_OK)
        return code;
    log_set_level((enum log_level)serve.config.log_level);
    code = open_all(&serve);
    if (code == EX_OK && wait_until_ready(&serve)) {
        print_ready(&serve);
        wait_for_signal(&serve);
    }
    close_all(&serve);
    return code;
}
