/* tellerd import FILE: loads a bank's past (CONTRACT 8). The engine runs in this process, with
 * the folder's lock; times come from the file. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/time.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "journal/journal.h"
#include "tools/import_ahead.h"
#include "tools/import_file.h"
#include "tools/key_set.h"
#include "tools/tool.h"
#include "tools/tools.h"
#include "write/engine.h"

_Static_assert(IMPORT_BATCH <= KEY_SET_MAX, "the keys of a batch have room");

#define IMPORT_SNAPSHOT_EVERY 0

struct import {
    struct folder folder;
    char snapshot_path[FOLDER_PATH_MAX]; /* the engine's for as long as it is open */
    struct journal *journal;
    struct journal_reader *reader;
    struct engine *engine;
    struct import_file *file;
    struct import_ahead *ahead;
    const struct import_batch *batch; /* the present one; its first `count` lines are commands */
    struct engine_command commands[IMPORT_BATCH];
    struct key_set keys; /* of those commands that the engine does not know yet */
    size_t count;
    uint64_t imported, refused, replayed;
    int64_t given; /* the time written in the last line that went in */
};

static int stop_at(uint64_t line, const char *why)
{
    return tool_fail("import", EX_DATAERR, "line %" PRIu64 ": %s", line, why);
}

/* What is known by key is held against what is asked now: the same command is a replay. */
static int count_known(struct import *import, const struct engine_command *command)
{
    struct record record;
    if (journal_read_record(import->reader, command->known, &record) != JOURNAL_READ_OK)
        return tool_fail("import", EX_IOERR, "record %" PRIu64 " cannot be read", command->known);
    if (engine_seal_is(command, record.digest))
        import->replayed++;
    else
        import->refused++; /* idempotency_key_reused, which stores nothing */
    return EX_OK;
}

static int count_outcome(struct import *import, const struct engine_command *command,
                         const struct import_line *line)
{
    switch (command->verdict) {
    case VERDICT_ACCEPTED:
        import->imported++;
        break;
    case VERDICT_REFUSED:
        import->refused++;
        break;
    case VERDICT_KNOWN:
        return count_known(import, command);
    case VERDICT_NONE:
    case VERDICT_UNKNOWN_KEY:
    case VERDICT_FAILED:
        return tool_fail("import", EX_IOERR,
                         "line %" PRIu64 ": the journal could not be written; run it again",
                         line->number);
    }
    return EX_OK;
}

static int run_commands(struct import *import)
{
    static const struct text name = {"import", 6};
    struct engine_request request = {
        .actor = name,
        .principal = name,
        .channel = CHANNEL_IMPORT,
        .count = import->count,
        .commands = import->commands,
    };
    int code = EX_OK;
    if (import->count > 0)
        engine_run(import->engine, &request);
    for (size_t i = 0; i < import->count && code == EX_OK; i++)
        code = count_outcome(import, &import->commands[i], &import->batch->lines[i]);
    import->count = 0;
    key_set_clear(&import->keys);
    return code;
}

/* The rules about time and about what is in the journal hold for new commands only; a known key
 * is a replay whatever it says. Returns NULL when the line may go in. */
static const char *line_breaks_rule(struct import *import, const struct import_line *line,
                                    int64_t now)
{
    static const struct text name = {"import", 6};
    if (engine_known(import->engine, name, line->key) != 0)
        return NULL;
    if (!key_set_add(&import->keys, line->key))
        return NULL;
    if (!engine_only_imports(import->engine))
        return "the journal holds more than imports already: new commands cannot be dated back";
    if (line->at <= 0)
        return "its time is not after 1970-01-01T00:00:00Z";
    if (line->at < import->given)
        return "its time is before the one of an earlier line";
    if (line->at > now)
        return "its time lies in the future";
    import->given = line->at;
    return NULL;
}

static int add_line(struct import *import, const struct import_line *line)
{
    struct clock *clock = clock_system();
    const char *broken = line_breaks_rule(import, line, clock->wall(clock));
    if (broken != NULL) {
        int code = run_commands(import);
        return code != EX_OK ? code : stop_at(line->number, broken);
    }
    import->commands[import->count++] = (struct engine_command){
        .op = line->op, .args = line->args, .key = line->key, .at = line->at};
    return EX_OK;
}

/* The lines before one that stops the import go in. */
static int run_batch(struct import *import, struct progress *progress)
{
    const struct import_batch *batch = import->batch;
    for (size_t i = 0; i < batch->count; i++) {
        int code = add_line(import, &batch->lines[i]);
        if (code != EX_OK)
            return code;
        progress_show(progress, batch->lines[i].number);
    }
    int code = run_commands(import);
    if (code != EX_OK || batch->then == IMPORT_LINE || batch->then == IMPORT_END)
        return code;
    const struct problem *problem = &batch->problem;
    return stop_at(batch->then_number,
                   problem->error_count > 0 ? problem->errors[0].detail : problem->detail);
}

static int run(struct import *import, struct progress *progress)
{
    int code;
    do {
        import->batch = import_ahead_take(import->ahead);
        code = run_batch(import, progress);
    } while (code == EX_OK && import->batch->then == IMPORT_LINE);
    return code;
}

/* The time written in the last line that went in: equal times were moved by a microsecond each, so
 * it is that of the first record of those that end the journal a microsecond apart. */
static bool find_given(struct import *import)
{
    struct record record, before;
    uint64_t number = engine_committed(import->engine);
    import->given = engine_last_at(import->engine);
    if (number == 0)
        return true;
    for (record.at = import->given; number > 1; number--, record.at = before.at) {
        if (journal_read_record(import->reader, number - 1, &before) != JOURNAL_READ_OK)
            return false;
        if (record.at - before.at != 1)
            break;
    }
    import->given = record.at;
    return true;
}

static int start_reading(struct import *import)
{
    struct hash_key secret;
    struct entropy *entropy = entropy_system();
    entropy->fill(entropy, &secret, sizeof secret);
    key_set_init(&import->keys, secret);
    import->ahead = import_ahead_open(import->file);
    return import->ahead != NULL ? EX_OK
                                 : tool_fail("import", EX_OSERR, "no thread can be started");
}

static int open_all(struct import *import, const char *data, const char *path)
{
    char journal_path[FOLDER_PATH_MAX];
    import->file = import_file_open(path);
    if (import->file == NULL)
        return tool_fail("import", EX_NOINPUT, "%s: %s", path, strerror(errno));
    int code = tool_open_locked(&import->folder, data, true);
    if (code != EX_OK)
        return code;
    folder_file(&import->folder, "journal.db", journal_path);
    folder_file(&import->folder, "engine.snapshot", import->snapshot_path);
    if (journal_open_sqlite(journal_path, &import->journal) != JOURNAL_OPEN_OK)
        return tool_fail("import", EX_DATAERR, "%s cannot be opened", journal_path);
    import->reader = journal_reader_open(import->journal);
    struct engine_config config = {
        .journal = import->journal,
        .clock = clock_system(),
        .entropy = entropy_system(),
        .snapshot_path = import->snapshot_path,
        .snapshot_every = IMPORT_SNAPSHOT_EVERY,
    };
    import->engine = import->reader == NULL ? NULL : engine_open(&config);
    if (import->engine == NULL || !find_given(import))
        return tool_fail("import", EX_DATAERR, "%s cannot be read", journal_path);
    return start_reading(import);
}

static void close_all(struct import *import)
{
    import_ahead_close(&import->ahead);
    if (import->engine != NULL)
        engine_close(&import->engine, true);
    if (import->reader != NULL)
        journal_reader_close(&import->reader);
    if (import->journal != NULL)
        journal_close(&import->journal);
    import_file_close(&import->file);
    folder_close(&import->folder);
}

int tool_import(int argc, char **argv)
{
    const char *data;
    int code = tool_options(argc, argv, 1, "import FILE [--data DIR]", &data);
    if (code != EX_OK)
        return code;
    struct import *import = calloc(1, sizeof *import);
    CHECK(import != NULL);
    import->folder.lock_fd = -1;
    code = open_all(import, data, argv[optind]);
    if (code == EX_OK) {
        struct progress progress;
        progress_begin(&progress, "imported", 0);
        code = run(import, &progress);
        progress_end(&progress);
        printf("imported=%" PRIu64 " refused=%" PRIu64 " replayed=%" PRIu64 "\n", import->imported,
               import->refused, import->replayed);
    }
    close_all(import);
    free(import);
    return code;
}
