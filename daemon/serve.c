#include "serve.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/config.h"
#include "host/entropy.h"
#include "host/folder.h"
#include "host/log.h"
#include "journal/journal.h"
#include "read/projector_thread.h"
#include "registry/registry.h"
#include "rest/rest.h"
#include "service/service.h"
#include "write/engine_thread.h"
#include "zmq/door.h"

/* Records between two snapshots of the engine: about what a start replays in a second or two. */
#define SERVE_SNAPSHOT_EVERY 1000000
#define SERVE_PROGRESS_MS 1000

struct serve {
    struct config config;
    struct folder folder;
    int signal_fd, seen_fd;
    struct registry *registry;
    struct journal *journal;
    char journal_path[FOLDER_PATH_MAX], snapshot_path[FOLDER_PATH_MAX];
    struct engine_thread *engine;
    struct projector_thread *projector;
    struct service *service;
    struct rest *rest;
    struct zmq_door *zmq;
};

/* ---- what was asked */

static int refuse(int code, const char *what, const char *why)
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
        return refuse(EX_USAGE, config->http,
                      ": HTTP is served on loopback addresses only, 127.0.0.1:8080 for example");
    for (size_t i = 0; i < config->zmq_count; i++) {
        if (!zmq_endpoint_is_local(config->zmq[i]))
            return refuse(EX_USAGE, config->zmq[i],
                          ": ZeroMQ is served on ipc:// and loopback addresses only,"
                          " tcp://127.0.0.1:5555 for example");
    }
    return EX_OK;
}

/* ---- opening */

static int open_folder(struct serve *serve)
{
    if (!folder_open(&serve->folder, serve->config.data, true))
        return EX_CANTCREAT;
    folder_file(&serve->folder, "journal.db", serve->journal_path);
    folder_file(&serve->folder, "engine.snapshot", serve->snapshot_path);
    switch (folder_lock(&serve->folder)) {
    case FOLDER_LOCKED:
        return EX_OK;
    case FOLDER_BUSY:
        return refuse(EX_TEMPFAIL, serve->folder.path,
                      " is in use by a running daemon or tool: stop it first");
    case FOLDER_LOCK_FAILED:
        break;
    }
    return refuse(EX_CANTCREAT, serve->folder.path, " cannot be locked: may you write there?");
}

/* The first key of a bank, for whoever may read its folder. When it cannot be written down it is
 * revoked, so that the next start makes another. */
static int create_admin_key(struct serve *serve)
{
    struct create_key args = {
        .given = 1u << CREATE_KEY_ROLE | 1u << CREATE_KEY_NAME,
        .role = ROLE_ADMIN,
        .name = TEXT("admin"),
    };
    char path[FOLDER_PATH_MAX], key[REGISTRY_KEY_TEXT_MAX];
    struct arena arena;
    struct key_result result;
    struct problem problem = {.status = STATUS_ok};
    folder_file(&serve->folder, "admin.key", path);
    arena_init(&arena, 0);
    int code = EX_OK;
    if (registry_create_key(serve->registry, &args, key, &result, &arena, &problem) != STATUS_ok) {
        code = refuse(EX_IOERR, "the first key cannot be made: ", problem.detail);
        goto out;
    }
    size_t size = strlen(key);
    key[size] = '\n';
    if (!file_write_atomic(path, key, size + 1, S_IRUSR | S_IWUSR)) {
        code = refuse(EX_CANTCREAT, path, ": the first key cannot be written down");
        if (registry_revoke_key(serve->registry, args.name, &problem) != STATUS_ok)
            fprintf(stderr, "tellerd: and it cannot be revoked: use `tellerd keys`\n");
        goto out;
    }
    log_info("serve", "a first key was made path=\"%s\"", path);
out:
    explicit_bzero(key, sizeof key);
    arena_close(&arena);
    return code;
}

static int open_registry(struct serve *serve)
{
    char path[FOLDER_PATH_MAX];
    folder_file(&serve->folder, "registry.db", path);
    serve->registry = registry_open(path, clock_system(), entropy_system());
    if (serve->registry == NULL)
        return refuse(EX_DATAERR, path, " cannot be opened: the log says why");
    return registry_has_keys(serve->registry) ? EX_OK : create_admin_key(serve);
}

static int open_journal(struct serve *serve)
{
    const char *path = serve->journal_path;
    switch (journal_open_sqlite(path, &serve->journal)) {
    case JOURNAL_OPEN_OK:
        return EX_OK;
    case JOURNAL_OPEN_NEWER:
        return refuse(EX_DATAERR, path, " was written by a newer tellerd: start that one");
    case JOURNAL_OPEN_DAMAGED:
        return refuse(EX_DATAERR, path,
                      " is damaged or older than its witness: the log says how;"
                      " `tellerd verify` looks closer");
    case JOURNAL_OPEN_FAILED:
        break;
    }
    return refuse(EX_IOERR, path, " cannot be opened: the log says why");
}

static int open_engine(struct serve *serve)
{
    struct engine *engine = engine_open(&(struct engine_config){
        .journal = serve->journal,
        .clock = clock_system(),
        .entropy = entropy_system(),
        .snapshot_path = serve->snapshot_path,
        .snapshot_every = SERVE_SNAPSHOT_EVERY,
    });
    if (engine == NULL)
        return refuse(EX_DATAERR, serve->journal_path,
                      " cannot be replayed: the log says why; `tellerd verify` looks closer");
    serve->engine = engine_thread_start(engine);
    return EX_OK;
}

static int open_projector(struct serve *serve)
{
    char path[FOLDER_PATH_MAX];
    folder_file(&serve->folder, "views.db", path);
    struct journal_reader *reader = journal_reader_open_sqlite(serve->journal_path);
    if (reader == NULL)
        return refuse(EX_IOERR, serve->journal_path, " cannot be opened for reading");
    struct projector *projector;
    switch (projector_open(path, reader, &projector)) {
    case PROJECTOR_OK:
        break;
    case PROJECTOR_REBUILT:
        log_info("serve", "the views are built anew path=\"%s\"", path);
        break;
    case PROJECTOR_FAILED:
        return refuse(EX_IOERR, path, " cannot be opened: the log says why");
    }
    serve->projector = projector_thread_start(projector);
    return EX_OK;
}

static int open_service(struct serve *serve)
{
    serve->service = service_new(&(struct service_config){
        .engine = serve->engine,
        .projector = serve->projector,
        .registry = serve->registry,
        .clock = clock_system(),
        .journal_path = serve->journal_path,
        .open = serve->config.open,
        .require_key = serve->config.require_key,
    });
    return serve->service == NULL
               ? refuse(EX_IOERR, serve->folder.path, ": the views cannot be read")
               : EX_OK;
}

static int open_doors(struct serve *serve)
{
    const struct config *config = &serve->config;
    if (config->open)
        log_warning("serve", "open: whoever reaches this daemon may do everything");
    serve->rest =
        rest_start(&(struct rest_config){.service = serve->service, .address = config->http});
    if (serve->rest == NULL)
        return refuse(EX_UNAVAILABLE, config->http, ": HTTP cannot be served: the log says why");
    struct zmq_door_config zmq = {.service = serve->service, .endpoint_count = config->zmq_count};
    for (size_t i = 0; i < config->zmq_count; i++)
        zmq.endpoints[i] = config->zmq[i];
    serve->zmq = zmq_door_start(&zmq);
    return serve->zmq == NULL
               ? refuse(EX_UNAVAILABLE, "ZeroMQ cannot be served", ": the log says why")
               : EX_OK;
}

/* Tells tools where to ask: the socket file if there is one, found from any working directory. */
static int announce(struct serve *serve)
{
    const char *endpoint = zmq_door_endpoint(serve->zmq, 0);
    for (size_t i = 0; i < serve->config.zmq_count; i++) {
        if (strncmp(zmq_door_endpoint(serve->zmq, i), "ipc://", 6) == 0) {
            endpoint = zmq_door_endpoint(serve->zmq, i);
            break;
        }
    }
    char here[FOLDER_PATH_MAX], absolute[2 * FOLDER_PATH_MAX];
    bool relative = strncmp(endpoint, "ipc://", 6) == 0 && strchr("/@", endpoint[6]) == NULL;
    if (relative && getcwd(here, sizeof here) != NULL) {
        snprintf(absolute, sizeof absolute, "ipc://%s/%s", here, endpoint + 6);
        endpoint = absolute;
    }
    return folder_announce(&serve->folder, endpoint)
               ? EX_OK
               : refuse(EX_IOERR, serve->folder.path, ": the lock file cannot be written");
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
        return refuse(EX_OSERR, "cannot start: ", strerror(errno));
    (void)umask(S_IRWXG | S_IRWXO);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max; /* connections are files */
        if (setrlimit(RLIMIT_NOFILE, &files) != 0)
            log_warning("serve", "cannot raise the limit of open files");
    }
    return EX_OK;
}

static int open_all(struct serve *serve)
{
    static int (*const steps[])(struct serve *) = {
        prepare_process, open_folder,  open_registry, open_journal, open_engine,
        open_projector,  open_service, open_doors,    announce,
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int code = steps[i](serve);
        if (code != EX_OK)
            return code;
    }
    return EX_OK;
}

/* Doors first, so that nothing new comes; the engine before the projector it wakes. */
static void close_all(struct serve *serve)
{
    rest_stop(&serve->rest);
    zmq_door_stop(&serve->zmq);
    service_free(&serve->service);
    engine_thread_stop(&serve->engine);
    if (serve->projector != NULL) {
        projector_forget(serve->projector, serve->seen_fd);
        projector_thread_stop(&serve->projector);
    }
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
        return refuse(code, why, "");
    if (serve.config.help)
        return print_help();
    if (serve.config.version)
        return printf("tellerd %s\n", TELLER_VERSION) > 0 ? EX_OK : EX_IOERR;
    code = check_addresses(&serve.config);
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
