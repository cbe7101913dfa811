#include "host/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "host/config_option.h"

/* The command line. */

static bool read_flag(struct option_layer *layer, const struct config_source *source, int *at)
{
    struct text flag = text_of(source->argv[*at]);
    if (flag.size < 3 || memcmp(flag.data, "--", 2) != 0) {
        return option_fail(layer, "unexpected argument '%.*s'; see tellerd serve --help",
                           TEXT_ARGS(flag));
    }
    struct text name = {flag.data + 2, flag.size - 2};
    struct text value = {NULL, 0};
    const char *equals = memchr(name.data, '=', name.size);
    if (equals != NULL) {
        value = text_of(equals + 1);
        name.size = (size_t)(equals - name.data);
    }
    const struct option_row *option = option_find(name);
    if (option == NULL) {
        return option_fail(layer, "unknown option --%.*s; see tellerd serve --help",
                           TEXT_ARGS(name));
    }
    if (value.data == NULL && option->kind == OPTION_SWITCH) {
        value = TEXT("yes");
    } else if (value.data == NULL) {
        if (*at + 1 == source->argc) {
            return option_fail(layer, "--%s needs a value: %s", option->name, option->value);
        }
        value = text_of(source->argv[++*at]);
    }
    return option_put(layer, option, value);
}

static bool read_flags(struct config *config, const struct config_source *source,
                       struct option_layer *layer)
{
    for (int i = 0; i < source->argc; i++) {
        struct text flag = text_of(source->argv[i]);
        if (text_is(flag, "--help") || text_is(flag, "-h")) {
            config->help = true;
            return true;
        }
        if (text_is(flag, "--version")) {
            config->version = true;
            return true;
        }
        if (!read_flag(layer, source, &i)) {
            return false;
        }
    }
    return true;
}

/* The environment. */

static void variable_name(const struct option_row *option, char out[64])
{
    size_t size = (size_t)snprintf(out, 64, "TELLER_%s", option->name);
    CHECK(size < 64);
    for (size_t i = 0; i < size; i++) {
        out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
    }
}

static bool read_variable(struct option_layer *layer, const struct option_row *option,
                          struct text value)
{
    if (!option_is_list(option)) {
        return option_put(layer, option, value);
    }
    while (value.data != NULL) {
        const char *comma = memchr(value.data, ',', value.size);
        size_t size = comma == NULL ? value.size : (size_t)(comma - value.data);
        if (!option_put(layer, option, (struct text){value.data, size})) {
            return false;
        }
        value = comma == NULL ? (struct text){NULL, 0}
                              : (struct text){comma + 1, value.size - size - 1};
    }
    return true;
}

static bool read_variables(const struct config_source *source, struct option_layer *layer)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char name[64], where[80];
        variable_name(&option_table[i], name);
        struct text value = text_of(source->variable(name));
        snprintf(where, sizeof(where), "%s: ", name);
        layer->where = where;
        if (value.size > 0 && !read_variable(layer, &option_table[i], value)) {
            return false;
        }
    }
    return true;
}

/* The file. */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct text trim(struct text text)
{
    while (text.size > 0 && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    while (text.size > 0 && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    return text;
}

static struct text without_comment(struct text line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] == '#' && (i == 0 || is_blank(line.data[i - 1]))) {
            line.size = i;
        }
    }
    return trim(line);
}

static bool read_line(struct option_layer *layer, struct text line)
{
    line = without_comment(line);
    if (line.size == 0) {
        return true;
    }
    const char *equals = memchr(line.data, '=', line.size);
    if (equals == NULL) {
        return option_fail(layer, "'%.*s' is no name = value", TEXT_ARGS(line));
    }
    struct text name = trim((struct text){line.data, (size_t)(equals - line.data)});
    struct text value =
        trim((struct text){equals + 1, line.size - (size_t)(equals + 1 - line.data)});
    const struct option_row *option = option_find(name);
    if (option == NULL || text_is(name, "config")) {
        return option_fail(layer, "unknown option '%.*s'", TEXT_ARGS(name));
    }
    if (!option_is_list(option) && layer->seen[option - option_table]) {
        return option_fail(layer, "%s is given twice", option->name);
    }
    return option_put(layer, option, value);
}

static bool read_lines(struct option_layer *layer, const char *path, struct text text)
{
    char where[CONFIG_VALUE_MAX];
    for (unsigned number = 1; text.data != NULL; number++) {
        const char *end = text.size == 0 ? NULL : memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        snprintf(where, sizeof(where), "%.200s:%u: ", path, number);
        layer->where = where;
        if (!read_line(layer, (struct text){text.data, size})) {
            return false;
        }
        text = end == NULL ? (struct text){NULL, 0} : (struct text){end + 1, text.size - size - 1};
    }
    return true;
}

static bool read_file(const struct config_source *source, struct option_layer *layer,
                      const char *path)
{
    char *text = malloc(CONFIG_FILE_MAX);
    CHECK(text != NULL);
    size_t size;
    layer->where = "";
    bool done = source->read_file(path, text, CONFIG_FILE_MAX, &size)
                    ? read_lines(layer, path, (struct text){text, size})
                    : option_fail(layer, "cannot read the configuration file %s: %m", path);
    free(text);
    return done;
}

/* All of them. */

static bool fill_defaults(struct config *config, const struct config_source *source, char *why)
{
    if (config->data[0] == '\0' && !source->default_folder(config->data)) {
        snprintf(why, CONFIG_WHY_MAX, "there is no home to keep the data folder in: give --data");
        return false;
    }
    if (config->zmq_count == 0) {
        int size =
            snprintf(config->zmq[0], CONFIG_VALUE_MAX, "ipc://%.240s/teller.sock", config->data);
        if (size < 0 || size >= CONFIG_VALUE_MAX || strlen(config->data) > 240) {
            snprintf(why, CONFIG_WHY_MAX,
                     "the data folder's path is too long for its socket: "
                     "give --zmq");
            return false;
        }
        snprintf(config->zmq[1], CONFIG_VALUE_MAX, "tcp://127.0.0.1:5555");
        config->zmq_count = 2;
    }
    return true;
}

/* The flags are read twice: first for --config (and the errors of whoever types), then, over what
 * file and variables gave, for good. */
int config_read(struct config *config, const struct config_source *source, char why[CONFIG_WHY_MAX])
{
    why[0] = '\0';
    memset(config, 0, sizeof(*config));
    struct option_layer probe = {.config = config, .why = why, .where = ""};
    if (!read_flags(config, source, &probe)) {
        return EX_USAGE;
    }
    if (config->help || config->version) {
        return EX_OK;
    }
    char path[FOLDER_PATH_MAX];
    const char *variable = source->variable("TELLER_CONFIG");
    snprintf(path, sizeof(path), "%s",
             config->config[0] == '\0' && variable != NULL ? variable : config->config);

    memset(config, 0, sizeof(*config));
    config->log_level = LOG_INFO;
    snprintf(config->http, sizeof(config->http), "127.0.0.1:8080");
    struct option_layer file = {.config = config, .why = why, .where = ""};
    struct option_layer variables = {.config = config, .why = why, .where = ""};
    struct option_layer flags = {.config = config, .why = why, .where = ""};
    if (path[0] != '\0' && !read_file(source, &file, path)) {
        return EX_CONFIG;
    }
    if (!read_variables(source, &variables)) {
        return EX_CONFIG;
    }
    if (!read_flags(config, source, &flags)) {
        return EX_USAGE;
    }
    return fill_defaults(config, source, why) ? EX_OK : EX_CONFIG;
}

static const char *system_variable(const char *name)
{
    return getenv(name);
}

struct config_source config_system(int argc, char *const *argv)
{
    return (struct config_source){
        .argc = argc,
        .argv = argv,
        .variable = system_variable,
        .read_file = file_read_small,
        .default_folder = folder_default,
    };
}
