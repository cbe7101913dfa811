/* The import format (CONTRACT 8): JSON Lines, plain or gzip, one command a line:
 * {"at","op","key","args"}. Lines are bounded; a bad one is told with its number. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "contract/messages.h"
#include "contract/problem.h"

#define IMPORT_LINE_MAX 65536

struct import_file;

struct import_line {
    uint64_t number; /* 1, 2, 3 ... of the file, empty lines included */
    int64_t at;
    enum op op;
    struct text key;
    const void *args; /* create_account, move_money or transfer_money */
};

enum import_read { IMPORT_LINE, IMPORT_END, IMPORT_MALFORMED, IMPORT_FAILED };

struct import_file *import_file_open(const char *path) MUST_USE; /* NULL: errno says why */
void import_file_close(struct import_file **file);
/* The next command; everything it holds lives in the arena. MALFORMED: out->number and `problem`
 * say where and why. */
enum import_read import_file_read(struct import_file *file, struct arena *arena,
                                  struct import_line *out, struct problem *problem) MUST_USE;
