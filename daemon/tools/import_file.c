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
    size_t begin, end; /* what is read and not yet handed out */
    char buffer[2 * IMPORT_LINE_MAX];
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

static enum import_read parse(struct text text, struct arena *arena, struct import_line *out,
                              struct problem *problem)
{
    struct node node;
    struct stored_line stored;
    if (!json_parse(text.data, text.size, arena, &node, problem) ||
        !bind_request(&node, &stored_line_shape, "#", arena, &stored, problem))
        return IMPORT_MALFORMED;
    out->at = stored.at;
    out->op = batch_op(stored.op);
    out->key = stored.key;
    out->args = stored.args.value;
    return IMPORT_LINE;
}

/* Reads on. False at the end; a truncated or damaged gzip stream must not pass for one. */
static bool fill(struct import_file *file, enum import_read *end, struct problem *problem)
{
    memmove(file->buffer, file->buffer + file->begin, file->end - file->begin);
    file->end -= file->begin;
    file->begin = 0;
    int got =
        gzread(file->gz, file->buffer + file->end, (unsigned)(sizeof file->buffer - file->end));
    if (got > 0) {
        file->end += (size_t)got;
        return true;
    }
    int code;
    const char *why = gzerror(file->gz, &code);
    *end = IMPORT_END;
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
        problem_set(problem, STATUS_malformed_request, "The file cannot be read on: %s", why);
        *end = IMPORT_FAILED;
    }
    return false;
}

/* The next line without its end, which the file's last one need not have. */
static enum import_read next_line(struct import_file *file, struct text *out,
                                  struct problem *problem)
{
    enum import_read end = IMPORT_END;
    for (;;) {
        const char *begin = file->buffer + file->begin;
        size_t size = file->end - file->begin;
        const char *newline = memchr(begin, '\n', size);
        bool last = newline == NULL && size < IMPORT_LINE_MAX && !fill(file, &end, problem);
        if (newline == NULL && !last && size < IMPORT_LINE_MAX)
            continue;
        /* Reading on moves what is left to the front. */
        *out = (struct text){file->buffer + file->begin,
                             newline != NULL ? (size_t)(newline - begin) : size};
        file->begin += out->size + (newline != NULL ? 1 : 0);
        if (end == IMPORT_FAILED || (last && size == 0))
            return end;
        file->number++;
        if (out->size < IMPORT_LINE_MAX)
            return IMPORT_LINE;
        problem_set(problem, STATUS_malformed_request, "The line is longer than %d bytes.",
                    IMPORT_LINE_MAX - 1);
        return IMPORT_MALFORMED;
    }
}

static bool is_blank(struct text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr(" \t\r", text.data[i]) == NULL || text.data[i] == '\0')
            return false;
    return true;
}

enum import_read import_file_read(struct import_file *file, struct arena *arena,
                                  struct import_line *out, struct problem *problem)
{
    for (;;) {
        struct text text;
        enum import_read read = next_line(file, &text, problem);
        out->number = file->number;
        if (read != IMPORT_LINE)
            return read;
        if (!is_blank(text))
            return parse(text, arena, out, problem);
    }
}
