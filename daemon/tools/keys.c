/* tellerd keys create|list|revoke: with a daemon on the folder it is asked to do the work, with
 * the key in DIR/admin.key; without one the registry is opened here, under the lock. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "contract/bind.h"
#include "contract/messages.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "registry/registry.h"
#include "tools/tool.h"
#include "tools/tools.h"
#include "zmq/ask.h"

#define KEYS_TIMEOUT_MS 10000

struct keys {
    struct folder folder;
    struct arena arena;
    enum op op;
    struct create_key create;
    struct key_name name;
    struct no_args none;
};

static const void *args_of(const struct keys *keys)
{
    if (keys->op == OP_CREATE_KEY)
        return &keys->create;
    return keys->op == OP_REVOKE_KEY ? (const void *)&keys->name : &keys->none;
}

static void print_keys(const struct list_result *list)
{
    const struct key_result *keys = list->data.items;
    for (size_t i = 0; i < list->data.count; i++) {
        char created[TIME_TEXT_MAX], revoked[TIME_TEXT_MAX];
        printf("%-24.*s %-8s created %s%s%s\n", TEXT_ARGS(keys[i].name), role_names[keys[i].role],
               time_print(keys[i].created_at, created), keys[i].revoked_at == 0 ? "" : " revoked ",
               keys[i].revoked_at == 0 ? "" : time_print(keys[i].revoked_at, revoked));
    }
}

static int print_result(const struct keys *keys, const struct key_result *created,
                        const struct list_result *list)
{
    if (keys->op == OP_CREATE_KEY)
        printf("%.*s\n", TEXT_ARGS(created->key));
    else if (keys->op == OP_LIST_KEYS)
        print_keys(list);
    return EX_OK;
}

static int refuse(const struct problem *problem)
{
    int code = problem->status == STATUS_unavailable ? EX_TEMPFAIL
               : problem->status == STATUS_forbidden || problem->status == STATUS_unauthenticated
                   ? EX_NOPERM
                   : EX_USAGE;
    const char *detail = problem->error_count > 0     ? problem->errors[0].detail
                         : problem->detail[0] != '\0' ? problem->detail
                                                      : status_row(problem->status)->detail;
    return tool_fail("keys", code, "%s", detail);
}

static int run_here(struct keys *keys)
{
    char path[FOLDER_PATH_MAX], text[REGISTRY_KEY_TEXT_MAX];
    struct problem problem = {0};
    struct key_result created = {0};
    struct list_result list = {0};
    enum status status = STATUS_unavailable;
    folder_file(&keys->folder, "registry.db", path);
    if (access(path, F_OK) != 0)
        fprintf(stderr, "tellerd keys: a new bank begins in %s\n", keys->folder.path);
    struct registry *registry = registry_open(path, clock_system(), entropy_system());
    if (registry == NULL)
        return tool_fail("keys", EX_DATAERR, "%s cannot be opened", path);
    if (keys->op == OP_CREATE_KEY)
        status =
            registry_create_key(registry, &keys->create, text, &created, &keys->arena, &problem);
    else if (keys->op == OP_LIST_KEYS)
        status = registry_list_keys(registry, &list, &keys->arena, &problem);
    else
        status = registry_revoke_key(registry, keys->name.name, &problem);
    int code = status == STATUS_ok ? print_result(keys, &created, &list) : refuse(&problem);
    registry_close(&registry);
    return code;
}

/* The administrator's key, as the first start left it; without one only --open answers. */
static struct text admin_key(const struct keys *keys, char out[128])
{
    char path[FOLDER_PATH_MAX];
    size_t size = 0;
    folder_file(&keys->folder, "admin.key", path);
    if (!file_read_small(path, out, 127, &size))
        return (struct text){NULL, 0};
    while (size > 0 && (out[size - 1] == '\n' || out[size - 1] == ' '))
        size--;
    out[size] = '\0';
    return (struct text){out, size};
}

static int ask_daemon(struct keys *keys, const char *endpoint)
{
    char secret[128], why[128];
    struct wire_reply reply;
    struct key_result created = {0};
    struct list_result list = {0};
    const struct message *message = message_of(keys->op);
    if (!zmq_ask(endpoint, message, admin_key(keys, secret), args_of(keys), KEYS_TIMEOUT_MS,
                 &keys->arena, &reply, why))
        return tool_fail("keys", EX_UNAVAILABLE, "the daemon at %s: %s", endpoint, why);
    if (!reply.ok)
        return refuse(&reply.problem);
    void *out = keys->op == OP_LIST_KEYS ? (void *)&list : &created;
    if (keys->op != OP_REVOKE_KEY && !bind_result(reply.result, message->result, &keys->arena, out))
        return tool_fail("keys", EX_PROTOCOL, "the daemon's answer makes no sense");
    return print_result(keys, &created, &list);
}

static int run(struct keys *keys)
{
    char endpoint[256] = "";
    switch (folder_lock(&keys->folder)) {
    case FOLDER_LOCKED:
        return run_here(keys);
    case FOLDER_BUSY:
        if (folder_holder(&keys->folder, endpoint, sizeof endpoint) && endpoint[0] != '\0')
            return ask_daemon(keys, endpoint);
        return tool_fail("keys", EX_TEMPFAIL, "%s is in use by another tool; try again later",
                         keys->folder.path);
    case FOLDER_LOCK_FAILED:
        break;
    }
    return tool_fail("keys", EX_CANTCREAT, "cannot lock %s", keys->folder.path);
}

static bool role_of(const char *name, uint8_t *out)
{
    for (uint8_t i = 0; i < ROLE_COUNT; i++)
        if (strcmp(role_names[i], name) == 0) {
            *out = i;
            return true;
        }
    return false;
}

struct keys_options {
    const char *data, *role, *name;
};

static int parse_verb(struct keys *keys, const struct keys_options *options, int argc, char **argv)
{
    const char *verb = optind < argc ? argv[optind] : "";
    int rest = argc - optind - 1;
    if (strcmp(verb, "create") == 0 && rest == 0 && options->role != NULL &&
        options->name != NULL) {
        keys->op = OP_CREATE_KEY;
        keys->create = (struct create_key){
            .given = 1u << CREATE_KEY_ROLE | 1u << CREATE_KEY_NAME,
            .name = text_of(options->name),
        };
        if (!role_of(options->role, &keys->create.role))
            return tool_fail("keys", EX_USAGE, "no such role: %s", options->role);
        return EX_OK;
    }
    if (strcmp(verb, "list") == 0 && rest == 0) {
        keys->op = OP_LIST_KEYS;
        return EX_OK;
    }
    if (strcmp(verb, "revoke") == 0 && rest == 1) {
        keys->op = OP_REVOKE_KEY;
        keys->name = (struct key_name){.given = 1, .name = text_of(argv[optind + 1])};
        return EX_OK;
    }
    return tool_fail("keys", EX_USAGE,
                     "create --role ROLE --name NAME | list | revoke NAME  [--data DIR]");
}

int tool_keys(int argc, char **argv)
{
    static const struct option longs[] = {{"data", required_argument, NULL, 'd'},
                                          {"role", required_argument, NULL, 'r'},
                                          {"name", required_argument, NULL, 'n'},
                                          {NULL, 0, NULL, 0}};
    struct keys_options options = {0};
    struct keys keys = {.op = OP_LIST_KEYS};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'd')
            options.data = optarg;
        else if (c == 'r')
            options.role = optarg;
        else if (c == 'n')
            options.name = optarg;
        else
            return EX_USAGE;
    }
    int code = parse_verb(&keys, &options, argc, argv);
    if (code != EX_OK)
        return code;
    /* Only a new key may begin a new bank. */
    code = tool_open(&keys.folder, options.data, keys.op == OP_CREATE_KEY);
    if (code != EX_OK)
        return code;
    arena_init(&keys.arena, 0);
    code = run(&keys);
    arena_close(&keys.arena);
    folder_close(&keys.folder);
    return code;
}
