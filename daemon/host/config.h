/* The configuration of `tellerd serve`: one table of options (config.c), from which come the
 * parser, the variables, the file's names and the help.
 *
 * Flags beat TELLER_* variables beat the configuration file beat the defaults. An option "name"
 * is --name VALUE or --name=VALUE, TELLER_NAME (dashes become underscores; an empty variable is
 * none), and "name = value" in the file, where # at the start of a line or after a blank begins
 * a comment. Lists: repeated flags, repeated lines, commas in a variable; a stronger source
 * replaces the whole list. A switch is --name, or yes|no (on|off, true|false, 1|0) after = .
 *
 * Nothing here is read from the process itself but by the caller's functions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/check.h"
#include "host/folder.h"
#include "host/log.h"

#define CONFIG_ZMQ_MAX 8
#define CONFIG_VALUE_MAX 256
#define CONFIG_URL_MAX 2049
#define CONFIG_NETWORKS_MAX 32
#define CONFIG_NETWORK_MAX 64
#define CONFIG_FILE_MAX 65536
#define CONFIG_WHY_MAX 512

struct config {
    char data[FOLDER_PATH_MAX];
    char http[CONFIG_VALUE_MAX];
    char zmq[CONFIG_ZMQ_MAX][CONFIG_VALUE_MAX];
    size_t zmq_count;
    bool open, require_key;
    char webhook[CONFIG_URL_MAX];            /* "" = none */
    char webhook_schedule[CONFIG_VALUE_MAX]; /* "" = the contract's */
    char webhook_allow[CONFIG_NETWORKS_MAX][CONFIG_NETWORK_MAX];
    size_t webhook_allow_count;
    int log_level;                /* an enum log_level */
    char config[FOLDER_PATH_MAX]; /* the file that was read; "" = none */
    bool help, version;           /* asked for: print and exit 0; nothing else is filled in */
};

struct config_source {
    int argc; /* what follows `serve`; neither program nor subcommand */
    char *const *argv;
    const char *(*variable)(const char *name); /* getenv */
    bool (*read_file)(const char *path, void *out, size_t max, size_t *size);
    bool (*default_folder)(char out[FOLDER_PATH_MAX]);
};

/* EX_OK, or EX_USAGE (flags) or EX_CONFIG (variables, file, no home) with one sentence in `why`. */
int config_read(struct config *config, const struct config_source *source,
                char why[CONFIG_WHY_MAX]) MUST_USE;
struct config_source config_system(int argc, char *const *argv); /* the process's own */
void config_help(struct bytes *out);
