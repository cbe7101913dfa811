/* The table of options and what one of them may be given: private to config.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "host/config.h"

enum option_kind {
    OPTION_SWITCH,
    OPTION_PATH,
    OPTION_ADDRESS,
    OPTION_ENDPOINTS,
    OPTION_LOG_LEVEL,
    OPTION_URL,
    OPTION_TEXT,     /* judged by whoever uses it */
    OPTION_NETWORKS, /* the same, each */
};

struct option_row {
    const char *name;
    enum option_kind kind;
    size_t offset; /* of its field in struct config */
    const char *value, *help;
};

#define OPTION_COUNT 10

extern const struct option_row option_table[OPTION_COUNT];

/* One source's way through the table: its name in messages, and what it has given so far. */
struct option_layer {
    struct config *config;
    char *why;
    const char *where; /* "TELLER_HTTP: ", "teller.conf:3: " or "" */
    bool seen[OPTION_COUNT];
};

const struct option_row *option_find(struct text name); /* or NULL */
bool option_is_list(const struct option_row *option);
/* Both give false with the reason in the layer's `why`. */
bool option_fail(struct option_layer *layer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool option_put(struct option_layer *layer, const struct option_row *option,
                struct text value) MUST_USE;
