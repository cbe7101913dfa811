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
#include "webhooks/sender_curl.h"
#include "webhooks/webhook_url.h"
#include "webhooks/webhooks_thread.h"
#include "write/engine_thread.h"
#include "zmq/door.h"

/* Records between two snapshots of the engine: about what a start replays in a second or two. */
#define SERVE_SNAPSHOT_EVERY 1000000
#define SERVE_PROGRESS_MS 1000
#define SERVE_SETTLE_MS 10000
#define SERVE_FILES_MAX 65536

struct serve {
    struct config config;
    struct folder folder;
    int signal_fd, seen_fd;
    struct registry *registry;
    struct journal *journal;
    char journal_path[FOLDER_PATH_MAX], snapshot_path[FOLDER_PATH_MAX];
    struct engine_thread *engine;
    struct projector_thread *projector;
    struct views *owners; /* the webhooks' own */
    struct webhooks_thread *webhooks;
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

/* ---- webhooks */

static int read_webhook_options(const struct config *config, struct courier_config *out)
{
    out->schedule = schedule_default();
    if (config->webhook_schedule[0] != '\0' &&
        !schedule_parse(text_of(config->webhook_schedule), &out->schedule))
        return refuse(EX_USAGE, config->webhook_schedule,
                      ": the schedule of webhooks is 1 to 20 pauses like 0s,0.5s,5m,2h");
    for (size_t i = 0; i < config->webhook_allow_count; i++) {
        if (!address_allow_add(&out->allow, text_of(config->webhook_allow[i])))
            return refuse(EX_USAGE, config->webhook_allow[i],
                          ": --webhook-allow takes a network like 10.1.0.0/16");
    }
    const char *why;
    if (config->webhook[0] != '\0' &&
        !webhook_url_check(text_of(config->webhook), &out->allow, &why)) {
        fprintf(stderr, "tellerd: %s: %s\n", config->webhook, why);
        return EX_USAGE;
    }
    return EX_OK;
}

/* Runs on the webhooks' thread. Owners never change, so any view that knows the account will do. */
static enum courier_owner find_owner(void *context, uint64_t account, uint64_t record,
                                     char out[COURIER_OWNER_MAX])
{
    struct serve *serve = context;
    struct account_query args = {.given = 1, .account = account};
    struct account_result result;
    struct problem problem;
    struct arena arena;
    if (projector_seen(projector_thread_projector(serve->projector)) < record)
        return COURIER_OWNER_LATER;
    arena_init(&arena, 0);
    problem_clear(&problem);
    struct query query = {.arena = &arena, .problem = &problem};
    bool found = query_account(serve->owners, &args, &query, &result) == STATUS_ok &&
                 result.owner.size < COURIER_OWNER_MAX;
    if (found)
        snprintf(out, COURIER_OWNER_MAX, "%.*s", TEXT_ARGS(result.owner));
    arena_close(&arena);
    return found ? COURIER_OWNER_FOUND : COURIER_OWNER_FAILED;
}

/* The secret of --webhook: that of the file, else the endpoint's own, else a new one; and then the
 * file has it. */
static int find_webhook_secret(struct serve *serve, const struct courier *courier,
                               struct signature_secret *out)
{
    char path[FOLDER_PATH_MAX], text[SIGNATURE_SECRET_TEXT_MAX + 2];
    size_t size;
    folder_file(&serve->folder, "webhook.secret", path);
    if (file_read_small(path, text, sizeof text, &size)) {
        while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
            size--;
        return signature_secret_parse((struct text){text, size}, out)
                   ? EX_OK
                   : refuse(EX_DATAERR, path,
                            " is no secret: whsec_ and the base64 of 24 to 64 bytes");
    }
    if (errno != ENOENT)
        return refuse(EX_IOERR, path, ": the webhook's secret cannot be read");
    if (!courier_lasting_secret(courier, out))
        signature_secret_make(entropy_system(), out);
    signature_secret_print(out, text);
    size = strlen(text);
    text[size++] = '\n';
    bool written = file_write_atomic(path, text, size, S_IRUSR | S_IWUSR);
    explicit_bzero(text, sizeof text);
    return written ? EX_OK : refuse(EX_CANTCREAT, path, ": the webhook's secret cannot be written");
}

static int set_lasting_webhook(struct serve *serve, struct courier *courier)
{
    const char *url = serve->config.webhook[0] == '\0' ? NULL : serve->config.webhook;
    struct signature_secret secret = {0};
    int code = url == NULL ? EX_OK : find_webhook_secret(serve, courier, &secret);
    if (code == EX_OK && !courier_set_lasting(courier, url, &secret))
        code = refuse(EX_IOERR, "outbox.db", " cannot be written: the log says why");
    explicit_bzero(&secret, sizeof secret);
    return code;
}

static int open_courier(struct serve *serve, struct courier_config *config, struct courier **out)
{
    char path[FOLDER_PATH_MAX];
    folder_file(&serve->folder, "outbox.db", path);
    config->outbox_path = path;
    switch (courier_open(config, out)) {
    case COURIER_OPEN_OK:
        return EX_OK;
    case COURIER_OPEN_NEWER:
        return refuse(EX_DATAERR, path, " was written by a newer tellerd: start that one");
    case COURIER_OPEN_FOREIGN:
        return refuse(EX_DATAERR, path,
                      " does not belong to this journal, which is another or an older one: put"
                      " back the journal it goes with, or move outbox.db away and make the"
                      " webhooks anew");
    case COURIER_OPEN_FAILED:
        break;
    }
    return refuse(EX_IOERR, path, " cannot be opened: the log says why");
}

static int open_webhooks(struct serve *serve)
{
    struct courier_config config = {
        .clock = clock_system(),
        .entropy = entropy_system(),
        .owner = find_owner,
        .owner_context = serve,
    };
    int code = read_webhook_options(&serve->config, &config);
    if (code != EX_OK)
        return code;
    struct journal_reader *own = journal_reader_open_sqlite(serve->journal_path);
    if (own != NULL)
        serve->owners = views_open(projector_thread_projector(serve->projector), own);
    if (own != NULL && serve->owners == NULL)
        journal_reader_close(&own);
    config.journal = journal_reader_open_sqlite(serve->journal_path);
    config.sender = sender_curl_open(
        &(struct sender_curl_config){.allow = config.allow, .flights_max = COURIER_FLIGHTS_MAX});
    if (serve->owners == NULL || config.journal == NULL || config.sender == NULL) {
        if (config.journal != NULL)
            journal_reader_close(&config.journal);
        if (config.sender != NULL)
            config.sender->close(config.sender);
        return refuse(EX_IOERR, serve->folder.path,
                      ": webhooks cannot be set up: the log says why");
    }
    struct courier *courier;
    code = open_courier(serve, &config, &courier);
    if (code == EX_OK)
        code = set_lasting_webhook(serve, courier);
    if (code != EX_OK) {
        courier_close(&courier);
        return code;
    }
    serve->webhooks = webhooks_thread_start(courier, config.sender);
    return serve->webhooks == NULL ? refuse(EX_OSERR, "webhooks", ": the log says why") : EX_OK;
}

/* ---- service and doors */

static int open_service(struct serve *serve)
{
    serve->service = service_new(&(struct service_config){
        .engine = serve->engine,
        .projector = serve->projector,
        .registry = serve->registry,
        .webhooks = serve->webhooks,
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
        rest_start(&(struct rest_config){.service = serve->service, .open = config->open, .address = config->http});
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
        return refuse(EX_OSERR, "cannot start: ", strerror(errno));
    (void)umask(S_IRWXG | S_IRWXO);
    raise_file_limit();
    return EX_OK;
}

static int open_all(struct serve *serve)
{
    static int (*const steps[])(struct serve *) = {
        prepare_process, open_folder,   open_registry, open_journal, open_engine,
        open_projector,  open_webhooks, open_service,  open_doors,   announce,
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
