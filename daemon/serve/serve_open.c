#include "serve/inside.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/entropy.h"
#include "host/log.h"

/* Records between two snapshots of the engine: about what a start replays in a second or two. */
#define SERVE_SNAPSHOT_EVERY 500000

int serve_open_folder(struct serve *serve)
{
    if (!folder_open(&serve->folder, serve->config.data, true))
        return EX_CANTCREAT;
    folder_file(&serve->folder, "journal.db", serve->journal_path);
    folder_file(&serve->folder, "engine.snapshot", serve->snapshot_path);
    switch (folder_lock(&serve->folder)) {
    case FOLDER_LOCKED:
        return EX_OK;
    case FOLDER_BUSY:
        return serve_refuse(EX_TEMPFAIL, serve->folder.path,
                            " is in use by a running daemon or tool: stop it first");
    case FOLDER_LOCK_FAILED:
        break;
    }
    return serve_refuse(EX_CANTCREAT, serve->folder.path,
                        " cannot be locked: may you write there?");
}

/* The first administrator's key of a bank, for whoever may read its folder; keys of other roles may
 * have been made before. When it cannot be written down it is revoked, so that the next start makes
 * another. */
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
        code = serve_refuse(EX_IOERR, "the first key cannot be made: ", problem.detail);
        goto out;
    }
    size_t size = strlen(key);
    key[size] = '\n';
    if (!file_write_atomic(path, key, size + 1, S_IRUSR | S_IWUSR)) {
        code = serve_refuse(EX_CANTCREAT, path, ": the first key cannot be written down");
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

int serve_open_registry(struct serve *serve)
{
    char path[FOLDER_PATH_MAX];
    folder_file(&serve->folder, "registry.db", path);
    serve->registry = registry_open(path, clock_system(), entropy_system());
    if (serve->registry == NULL)
        return serve_refuse(EX_DATAERR, path, " cannot be opened: the log says why");
    return registry_has_key(serve->registry, ROLE_ADMIN) ? EX_OK : create_admin_key(serve);
}

int serve_open_journal(struct serve *serve)
{
    const char *path = serve->journal_path;
    switch (journal_open_sqlite(path, &serve->journal)) {
    case JOURNAL_OPEN_OK:
        journal_keep_tail(serve->journal);
        return EX_OK;
    case JOURNAL_OPEN_NEWER:
        return serve_refuse(EX_DATAERR, path, " was written by a newer tellerd: start that one");
    case JOURNAL_OPEN_DAMAGED:
        return serve_refuse(EX_DATAERR, path,
                            " is damaged or older than its witness: the log says how;"
                            " `tellerd verify` looks closer");
    case JOURNAL_OPEN_FAILED:
        break;
    }
    return serve_refuse(EX_IOERR, path, " cannot be opened: the log says why");
}

int serve_open_engine(struct serve *serve)
{
    struct engine *engine = engine_open(&(struct engine_config){
        .journal = serve->journal,
        .clock = clock_system(),
        .entropy = entropy_system(),
        .snapshot_path = serve->snapshot_path,
        .snapshot_every = SERVE_SNAPSHOT_EVERY,
    });
    if (engine == NULL)
        return serve_refuse(EX_DATAERR, serve->journal_path,
                            " cannot be replayed: the log says why; `tellerd verify` looks closer");
    serve->engine = engine_thread_start(engine);
    return EX_OK;
}

int serve_open_projector(struct serve *serve)
{
    char path[FOLDER_PATH_MAX];
    folder_file(&serve->folder, "views.db", path);
    struct journal_reader *reader = journal_reader_open(serve->journal);
    if (reader == NULL)
        return serve_refuse(EX_IOERR, serve->journal_path, " cannot be opened for reading");
    struct projector *projector;
    switch (projector_open(path, reader, &projector)) {
    case PROJECTOR_OK:
        break;
    case PROJECTOR_REBUILT:
        log_info("serve", "the views are built anew path=\"%s\"", path);
        break;
    case PROJECTOR_FAILED:
        return serve_refuse(EX_IOERR, path, " cannot be opened: the log says why");
    }
    serve->projector = projector_thread_start(projector);
    return EX_OK;
}

int serve_open_service(struct serve *serve)
{
    serve->service = service_new(&(struct service_config){
        .engine = serve->engine,
        .projector = serve->projector,
        .registry = serve->registry,
        .webhooks = serve->webhooks,
        .clock = clock_system(),
        .journal = serve->journal,
        .open = serve->config.open,
        .require_key = serve->config.require_key,
    });
    return serve->service == NULL
               ? serve_refuse(EX_IOERR, serve->folder.path, ": the views cannot be read")
               : EX_OK;
}

int serve_open_doors(struct serve *serve)
{
    const struct config *config = &serve->config;
    if (config->open)
        log_warning("serve", "open: whoever reaches this daemon may do everything");
    serve->rest = rest_start(&(struct rest_config){
        .service = serve->service, .open = config->open, .address = config->http});
    if (serve->rest == NULL)
        return serve_refuse(EX_UNAVAILABLE, config->http,
                            ": HTTP cannot be served: the log says why");
    struct zmq_door_config zmq = {.service = serve->service, .endpoint_count = config->zmq_count};
    for (size_t i = 0; i < config->zmq_count; i++)
        zmq.endpoints[i] = config->zmq[i];
    serve->zmq = zmq_door_start(&zmq);
    return serve->zmq == NULL
               ? serve_refuse(EX_UNAVAILABLE, "ZeroMQ cannot be served", ": the log says why")
               : EX_OK;
}

/* Tells tools where to ask: the socket file if there is one, found from any working directory. */
int serve_announce(struct serve *serve)
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
               : serve_refuse(EX_IOERR, serve->folder.path, ": the lock file cannot be written");
}
