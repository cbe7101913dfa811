#include "serve/inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "host/clock.h"
#include "host/entropy.h"
#include "webhooks/sender_curl.h"
#include "webhooks/webhook_url.h"

static int read_webhook_options(const struct config *config, struct courier_config *out)
{
    out->schedule = schedule_default();
    if (config->webhook_schedule[0] != '\0' &&
        !schedule_parse(text_of(config->webhook_schedule), &out->schedule))
        return serve_refuse(EX_USAGE, config->webhook_schedule,
                            ": the schedule of webhooks is 1 to 20 pauses like 0s,0.5s,5m,2h");
    for (size_t i = 0; i < config->webhook_allow_count; i++) {
        if (!address_allow_add(&out->allow, text_of(config->webhook_allow[i])))
            return serve_refuse(EX_USAGE, config->webhook_allow[i],
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

int serve_check_webhooks(const struct config *config)
{
    struct courier_config scratch = {0};
    return read_webhook_options(config, &scratch);
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

static bool write_webhook_secret(const struct serve *serve, const struct signature_secret *secret)
{
    char path[FOLDER_PATH_MAX], text[SIGNATURE_SECRET_TEXT_MAX + 2];
    folder_file(&serve->folder, "webhook.secret", path);
    signature_secret_print(secret, text);
    size_t size = strlen(text);
    text[size++] = '\n';
    bool written = file_write_atomic(path, text, size, S_IRUSR | S_IWUSR);
    explicit_bzero(text, sizeof text);
    return written;
}

/* Runs on the webhooks' thread. What fails here is made up for at the next start. */
static void keep_rotated(void *context, const struct signature_secret *secret)
{
    const struct serve *serve = context;
    if (!write_webhook_secret(serve, secret))
        log_error("webhooks", "webhook.secret cannot be written: it has the old secret");
}

/* The secret of --webhook: that of the file, unless the endpoint's was rotated since; else the
 * endpoint's own, else a new one; and then the file has it. */
static int find_webhook_secret(struct serve *serve, const struct courier *courier,
                               struct signature_secret *out)
{
    char path[FOLDER_PATH_MAX], text[SIGNATURE_SECRET_TEXT_MAX + 2];
    size_t size;
    folder_file(&serve->folder, "webhook.secret", path);
    if (file_read_small(path, text, sizeof text, &size)) {
        while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
            size--;
        bool parsed = signature_secret_parse((struct text){text, size}, out);
        explicit_bzero(text, sizeof text);
        if (!parsed)
            return serve_refuse(EX_DATAERR, path,
                                " is no secret: whsec_ and the base64 of 24 to 64 bytes");
        if (!courier_lasting_replaced(courier, out))
            return EX_OK;
    } else if (errno != ENOENT)
        return serve_refuse(EX_IOERR, path, ": the webhook's secret cannot be read");
    if (!courier_lasting_secret(courier, out))
        signature_secret_make(entropy_system(), out);
    return write_webhook_secret(serve, out)
               ? EX_OK
               : serve_refuse(EX_CANTCREAT, path, ": the webhook's secret cannot be written");
}

static int set_lasting_webhook(struct serve *serve, struct courier *courier)
{
    const char *url = serve->config.webhook[0] == '\0' ? NULL : serve->config.webhook;
    struct signature_secret secret = {0};
    int code = url == NULL ? EX_OK : find_webhook_secret(serve, courier, &secret);
    if (code == EX_OK && !courier_set_lasting(courier, url, &secret))
        code = serve_refuse(EX_IOERR, "outbox.db", " cannot be written: the log says why");
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
        return serve_refuse(EX_DATAERR, path, " was written by a newer tellerd: start that one");
    case COURIER_OPEN_FOREIGN:
        return serve_refuse(
            EX_DATAERR, path,
            " does not belong to this journal, which is another or an older one: put"
            " back the journal it goes with, or move outbox.db away and make the"
            " webhooks anew");
    case COURIER_OPEN_FAILED:
        break;
    }
    return serve_refuse(EX_IOERR, path, " cannot be opened: the log says why");
}

int serve_open_webhooks(struct serve *serve)
{
    struct courier_config config = {
        .clock = clock_system(),
        .entropy = entropy_system(),
        .owner = find_owner,
        .owner_context = serve,
        .rotated = keep_rotated,
        .rotated_context = serve,
    };
    int code = read_webhook_options(&serve->config, &config);
    if (code != EX_OK)
        return code;
    struct journal_reader *own = journal_reader_open(serve->journal);
    if (own != NULL)
        serve->owners = views_open(projector_thread_projector(serve->projector), own);
    if (own != NULL && serve->owners == NULL)
        journal_reader_close(&own);
    config.journal = journal_reader_open(serve->journal);
    config.sender = sender_curl_open(
        &(struct sender_curl_config){.allow = config.allow, .flights_max = COURIER_FLIGHTS_MAX});
    if (serve->owners == NULL || config.journal == NULL || config.sender == NULL) {
        if (config.journal != NULL)
            journal_reader_close(&config.journal);
        if (config.sender != NULL)
            config.sender->close(config.sender);
        return serve_refuse(EX_IOERR, serve->folder.path,
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
    return serve->webhooks == NULL ? serve_refuse(EX_OSERR, "webhooks", ": the log says why")
                                   : EX_OK;
}
