#include "tools/import_file.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "contract/bind.h"
#include "contract/fields.h"
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
    FIELD(stored_line, at, TIME, .flags = FIELD_REQUIRED),
    FIELD(stored_line, op, ENUM, .flags = FIELD_REQUIRED, .names = batch_op_names),
    FIELD(stored_line, key, KEY, .flags = FIELD_REQUIRED),
    FIELD(stored_line, args, ARGS, .flags = FIELD_REQUIRED),
};
static const struct shape stored_line_shape = SHAPE("ImportLine", stored_line, stored_line_fields);

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

static enum import_read parse(struct import_file *file, size_t size, struct arena *arena,
                              struct import_line *out, struct problem *problem)
{
    struct node node;
    struct stored_line stored;
    if (!json_parse(file->line, size, arena, &node, problem) ||
        !bind_request(&node, &stored_line_shape, "#", arena, &stored, problem))
        return IMPORT_MALFORMED;
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
