#include "tools/import_file.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "contract/bind.h"
#include "domain/record.h"
#include "json/json.h"

struct import_file {
    gzFile gz;
    uint64_t number;
    char line[IMPORT_LINE_MAX];
};

struct stored_line {
    uint32_t given;
    int64_t at;
    uint8_t op;
    struct text key;
    struct any args;
};

static const struct field stored_line_fields[] = {
    {.name = "at",
     .type = FIELD_TIME,
     .offset = offsetof(struct stored_line, at),
     .flags = FIELD_REQUIRED},
    {.name = "op",
     .type = FIELD_ENUM,
     .offset = offsetof(struct stored_line, op),
     .flags = FIELD_REQUIRED,
     .names = batch_op_names},
    {.name = "key",
     .type = FIELD_TEXT,
     .offset = offsetof(struct stored_line, key),
     .flags = FIELD_REQUIRED,
     .min = 1,
     .max = KEY_MAX},
    {.name = "args",
     .type = FIELD_ARGS,
     .offset = offsetof(struct stored_line, args),
     .flags = FIELD_REQUIRED},
};

static const struct shape stored_line_shape = {
    .name = "import line",
    .size = sizeof(struct stored_line),
    .fields = stored_line_fields,
    .count = sizeof stored_line_fields / sizeof stored_line_fields[0],
};

struct import_file *import_file_open(const char *path)
{
    struct import_file *file = calloc(1, sizeof *file);
    CHECK(file != NULL);
    file->gz = gzopen(path, "rb"); /* reads plain files as they are */
    if (file->gz == NULL) {
        free(file);
        return NULL;
    }
    if (gzbuffer(file->gz, 1u << 18) != 0) {
        import_file_close(&file);
        return NULL;
    }
    return file;
}

void import_file_close(struct import_file **file)
{
    if (*file == NULL)
        return;
    gzclose_r((*file)->gz);
    free(*file);
    *file = NULL;
}

static bool key_is_sound(struct text key)
{
    if (key.size < 1 || key.size > KEY_MAX)
        return false;
    for (size_t i = 0; i < key.size; i++)
        if (key.data[i] < 0x20 || key.data[i] > 0x7e)
            return false;
    return true;
}

static enum import_read parse(struct import_file *file, size_t size, struct arena *arena,
                              struct import_line *out, struct problem *problem)
{
    struct node node;
    struct stored_line stored;
    if (!json_parse(file->line, size, arena, &node, problem) ||
        !bind_request(&node, &stored_line_shape, "#", arena, &stored, problem))
        return IMPORT_MALFORMED;
    if (!key_is_sound(stored.key)) {
        problem_at(problem, STATUS_invalid_key, "#/key",
                   "Give a key of 1 to 255 printable ASCII characters.");
        return IMPORT_MALFORMED;
    }
    out->at = stored.at;
    out->op = batch_op(stored.op);
    out->key = stored.key;
    out->args = stored.args.value;
    return IMPORT_LINE;
}

/* A truncated or damaged gzip stream must not pass for the end of the file. */
static enum import_read at_end(struct import_file *file, struct problem *problem)
{
    int code;
    const char *why = gzerror(file->gz, &code);
    if (code == Z_OK || code == Z_STREAM_END)
        return IMPORT_END;
    problem_set(problem, STATUS_malformed_request, "The file cannot be read on: %s", why);
    return IMPORT_FAILED;
}

enum import_read import_file_read(struct import_file *file, struct arena *arena,
                                  struct import_line *out, struct problem *problem)
{
    for (;;) {
        if (gzgets(file->gz, file->line, sizeof file->line) == NULL)
            return at_end(file, problem);
        out->number = ++file->number;
        size_t size = strlen(file->line);
        bool whole = size > 0 && file->line[size - 1] == '\n';
        if (!whole && size == sizeof file->line - 1) {
            problem_set(problem, STATUS_malformed_request, "The line is longer than %d bytes.",
                        IMPORT_LINE_MAX - 2);
            return IMPORT_MALFORMED;
        }
        if (strspn(file->line, " \t\r\n") == size)
            continue;
        return parse(file, size, arena, out, problem);
    }
}
