/* What `teller` is told: flags before TELLER_* variables before defaults. */
#pragma once

#include <stdbool.h>

#include "base/check.h"
#include "term/term.h"

#define OPTIONS_PATH_MAX 4096
#define OPTIONS_WHY_MAX 512

enum options_want { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };

struct options {
    enum options_want want;
    char why[OPTIONS_WHY_MAX]; /* wrong: a sentence */
    const char *connect;       /* NULL: find the daemon */
    const char *key_file;      /* NULL: DIR/admin.key when it can be read */
    char data[OPTIONS_PATH_MAX];
    const char *printer; /* a command that prints its standard input; NULL: none */
    bool ascii;
    bool plain; /* lines instead of screens: asked for, or nothing else is possible */
    enum term_theme theme;
    bool atm; /* the cash machine instead of the console */
};

void options_read(struct options *options, int count, char **arguments);
extern const char options_help[];

/* ipc://DIR/teller.sock when there is a socket, else tcp. */
void options_endpoint(const struct options *options, char out[OPTIONS_PATH_MAX]);
/* $XDG_STATE_HOME/teller; false: there is no home to put it into. */
bool options_state_folder(char out[OPTIONS_PATH_MAX]) MUST_USE;

/* The key of the first place that has one. KEY_WRONG: a file that was named cannot be used. */
enum options_key { OPTIONS_KEY_FOUND, OPTIONS_KEY_NONE, OPTIONS_KEY_WRONG };
#define OPTIONS_KEY_MAX 255
enum options_key options_key(const struct options *options, char out[OPTIONS_KEY_MAX + 1],
                             char why[OPTIONS_WHY_MAX]) MUST_USE;
