#include "host/config_option.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define FIELD(name) offsetof(struct config, name)

/* A line break in a help text begins its next line. */
const struct option_row option_table[OPTION_COUNT] = {
    {"data", OPTION_PATH, FIELD(data), "DIR",
     "Keep the bank in this folder (default for root\n"
     "/var/lib/teller, for others $XDG_DATA_HOME/teller)"},
    {"http", OPTION_ADDRESS, FIELD(http), "ADDR:PORT",
     "Serve REST here (default 127.0.0.1:8080);\n"
     "port 0 picks a free one"},
    {"zmq", OPTION_ENDPOINTS, FIELD(zmq), "ENDPOINT",
     "Serve ZeroMQ here; may be repeated (default\n"
     "ipc://DIR/teller.sock and tcp://127.0.0.1:5555)"},
    {"open", OPTION_SWITCH, FIELD(open), NULL,
     "Let everybody do everything, without keys:\n"
     "for trying things out, on loopback only"},
    {"require-key", OPTION_SWITCH, FIELD(require_key), NULL,
     "Refuse commands without an idempotency key"},
    {"webhook", OPTION_URL, FIELD(webhook), "URL",
     "Deliver every event to this URL, signed with\n"
     "the secret in DIR/webhook.secret"},
    {"webhook-schedule", OPTION_TEXT, FIELD(webhook_schedule), "LIST",
     "Pauses before the attempts of a delivery (default\n"
     "0s,5s,5m,30m,2h,5h,10h,14h,20h,24h)"},
    {"webhook-allow", OPTION_NETWORKS, FIELD(webhook_allow), "CIDR",
     "Let webhooks reach these addresses too, although\n"
     "they are not public; may be repeated"},
    {"config", OPTION_PATH, FIELD(config), "FILE",
     "Read options from this file too, one a line,\n"
     "name = value; # begins a comment"},
    {"log-level", OPTION_LOG_LEVEL, FIELD(log_level), "LEVEL",
     "Log debug, info, warning or error and what is\n"
     "worse (default info)"},
};

bool option_fail(struct option_layer *layer, const char *format, ...)
{
    int size = snprintf(layer->why, CONFIG_WHY_MAX, "%s", layer->where);
    va_list args;
    va_start(args, format);
    if (size >= 0 && size < CONFIG_WHY_MAX) {
        (void)vsnprintf(layer->why + size, (size_t)(CONFIG_WHY_MAX - size), format, args);
    }
    va_end(args);
    return false;
}

const struct option_row *option_find(struct text name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (text_is(name, option_table[i].name)) {
            return &option_table[i];
        }
    }
    return NULL;
}

static bool parse_switch(struct text value, bool *out)
{
    static const char *yes[] = {"yes", "on", "true", "1"};
    static const char *no[] = {"no", "off", "false", "0"};
    for (size_t i = 0; i < 4; i++) {
        if (text_is(value, yes[i]) || text_is(value, no[i])) {
            *out = text_is(value, yes[i]);
            return true;
        }
    }
    return false;
}

static bool parse_log_level(struct text value, int *out)
{
    static const char *names[] = {"debug", "info", "warning", "error"};
    for (int i = 0; i < 4; i++) {
        if (text_is(value, names[i])) {
            *out = LOG_DEBUG + i;
            return true;
        }
    }
    return false;
}

/* "host:port" or "[v6]:port", as far as it can be told without asking the network. */
static bool is_address(struct text value)
{
    const char *colon = value.size == 0 ? NULL : memrchr(value.data, ':', value.size);
    if (colon == NULL || colon == value.data) {
        return false;
    }
    struct text host = {value.data, (size_t)(colon - value.data)};
    struct text port = {colon + 1, value.size - host.size - 1};
    int64_t number;
    if (text_to_int64(port, &number) != TEXT_NUMBER_OK || number < 0 || number > 65535) {
        return false;
    }
    bool bracketed = host.data[0] == '[' && host.data[host.size - 1] == ']';
    return bracketed ? host.size > 2 : memchr(host.data, ':', host.size) == NULL;
}

static bool is_endpoint(struct text value)
{
    static const char *schemes[] = {"ipc://", "tcp://"};
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(schemes[i]);
        if (value.size > size && memcmp(value.data, schemes[i], size) == 0) {
            /* The ready line joins endpoints by commas and ends them with a space. */
            return memchr(value.data, ',', value.size) == NULL &&
                   memchr(value.data, ' ', value.size) == NULL;
        }
    }
    return false;
}

static bool put_text(struct option_layer *layer, const struct option_row *option, struct text value,
                     char *out, size_t max)
{
    if (value.size >= max) {
        return option_fail(layer, "%s is longer than %zu bytes", option->name, max - 1);
    }
    memcpy(out, value.data, value.size);
    out[value.size] = '\0';
    return true;
}

static bool put_endpoint(struct option_layer *layer, const struct option_row *option,
                         struct text value, bool first)
{
    struct config *config = layer->config;
    if (first) {
        config->zmq_count = 0; /* what a weaker source gave */
    }
    if (!is_endpoint(value)) {
        return option_fail(layer, "%s wants ipc://PATH or tcp://ADDR:PORT, not '%.*s'",
                           option->name, TEXT_ARGS(value));
    }
    if (config->zmq_count == CONFIG_ZMQ_MAX) {
        return option_fail(layer, "%s takes at most %d endpoints", option->name, CONFIG_ZMQ_MAX);
    }
    return put_text(layer, option, value, config->zmq[config->zmq_count++], CONFIG_VALUE_MAX);
}

static bool put_network(struct option_layer *layer, const struct option_row *option,
                        struct text value, bool first)
{
    struct config *config = layer->config;
    if (first) {
        config->webhook_allow_count = 0; /* what a weaker source gave */
    }
    if (config->webhook_allow_count == CONFIG_NETWORKS_MAX) {
        return option_fail(layer, "%s takes at most %d networks", option->name,
                           CONFIG_NETWORKS_MAX);
    }
    return put_text(layer, option, value, config->webhook_allow[config->webhook_allow_count++],
                    CONFIG_NETWORK_MAX);
}

bool option_is_list(const struct option_row *option)
{
    return option->kind == OPTION_ENDPOINTS || option->kind == OPTION_NETWORKS;
}

bool option_put(struct option_layer *layer, const struct option_row *option, struct text value)
{
    char *field = (char *)layer->config + option->offset;
    size_t index = (size_t)(option - option_table);
    bool first = !layer->seen[index];
    layer->seen[index] = true;
    if (!utf8_is_valid(value) || utf8_has_control(value)) {
        return option_fail(layer, "%s has control characters in its value", option->name);
    }
    if (value.size == 0) {
        return option_fail(layer, "%s needs a value", option->name);
    }
    switch (option->kind) {
    case OPTION_SWITCH:
        return parse_switch(value, (bool *)(void *)field) ||
               option_fail(layer, "%s is yes or no, not '%.*s'", option->name, TEXT_ARGS(value));
    case OPTION_PATH:
        return put_text(layer, option, value, field, FOLDER_PATH_MAX);
    case OPTION_ADDRESS:
        return is_address(value)
                   ? put_text(layer, option, value, field, CONFIG_VALUE_MAX)
                   : option_fail(layer, "%s wants ADDR:PORT, such as 127.0.0.1:8080, not '%.*s'",
                                 option->name, TEXT_ARGS(value));
    case OPTION_ENDPOINTS:
        return put_endpoint(layer, option, value, first);
    case OPTION_URL:
        return put_text(layer, option, value, field, CONFIG_URL_MAX);
    case OPTION_TEXT:
        return put_text(layer, option, value, field, CONFIG_VALUE_MAX);
    case OPTION_NETWORKS:
        return put_network(layer, option, value, first);
    case OPTION_LOG_LEVEL:
        return parse_log_level(value, (int *)(void *)field) ||
               option_fail(layer, "%s is debug, info, warning or error, not '%.*s'", option->name,
                           TEXT_ARGS(value));
    }
    return false;
}

void config_help(struct bytes *out)
{
    bytes_print(out, "Usage: tellerd [serve] [OPTION]...\n\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *option = &option_table[i];
        char flag[64];
        snprintf(flag, sizeof(flag), "--%s%s%s", option->name, option->value == NULL ? "" : " ",
                 option->value == NULL ? "" : option->value);
        bytes_print(out, "  %-23s  ", flag);
        for (const char *at = option->help; *at != '\0'; at++) {
            bytes_put(out, at, 1);
            if (*at == '\n') {
                bytes_print(out, "%27s", "");
            }
        }
        bytes_put_u8(out, '\n');
    }
    bytes_print(out, "  %-23s  %s\n", "--help", "Print this and exit");
    bytes_print(out, "  %-23s  %s\n", "--version", "Print the version and exit");
    bytes_print(out, "\nEvery option may also be a variable (--log-level: TELLER_LOG_LEVEL) or a "
                     "line of\nthe configuration file (log-level = debug). Flags beat variables "
                     "beat the file.\n");
}
