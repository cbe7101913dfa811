/* tellerd export: every event, one a line, as the change feed gives them; or a plain-text ledger
 * for hledger. Only reads, so it works beside a running daemon. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/bytes.h"
#include "journal/journal.h"
#include "tools/hledger.h"
#include "tools/tool.h"
#include "tools/tools.h"
#include "json/json.h"

#define EXPORT_CHUNK 4096 /* records read at a time */
#define EXPORT_BUFFER_MAX (64u << 20)

struct export
{
    void (*write)(const struct record *record, struct bytes *out);
    struct bytes out;
    struct progress progress;
    uint64_t next; /* record */
    bool failed;   /* the output did */
};

static void write_events(const struct record *record, struct bytes *out)
{
    struct event events[EVENTS_PER_RECORD_MAX];
    unsigned count = record_events(record, events);
    for (unsigned i = 0; i < count; i++) {
        json_write_shape(out, &event_shape, &events[i]);
        bytes_put_u8(out, '\n');
    }
}

static bool drain(struct export *export)
{
    CHECK(!export->out.overflow);
    size_t written = fwrite(export->out.data, 1, export->out.size, stdout);
    export->failed = written != export->out.size;
    bytes_clear(&export->out);
    return !export->failed;
}

static bool each(void *context, const struct record *record, const uint8_t hash[JOURNAL_HASH_SIZE],
                 struct text body)
{
    struct export *export = context;
    (void)hash;
    (void)body;
    export->write(record, &export->out);
    export->next = record->number + 1;
    return export->out.size < (1u << 20) || drain(export);
}

static int export_all(struct export *export, struct journal_reader *reader)
{
    struct journal_head head;
    if (journal_reader_head(reader, &head) == JOURNAL_READ_ERROR)
        return tool_fail("export", EX_DATAERR, "the journal cannot be read");
    progress_begin(&export->progress, "exported", head.record);
    while (export->next <= head.record) {
        size_t count = 0;
        uint64_t left = head.record - export->next + 1;
        enum journal_read read =
            journal_scan(reader, export->next, left < EXPORT_CHUNK ? (size_t)left : EXPORT_CHUNK,
                         each, export, &count);
        if (export->failed)
            return tool_fail("export", EX_IOERR, "standard output does not take more");
        if (read == JOURNAL_READ_ERROR || count == 0)
            return tool_fail("export", EX_DATAERR, "record %" PRIu64 " cannot be read",
                             export->next);
        progress_show(&export->progress, export->next);
    }
    progress_end(&export->progress);
    if (!drain(export) || fflush(stdout) != 0)
        return tool_fail("export", EX_IOERR, "standard output does not take more");
    return EX_OK;
}

int tool_export(int argc, char **argv)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"format", required_argument, NULL, 'f'},
                                            {NULL, 0, NULL, 0}};
    const char *data = NULL;
    struct export export = {.write = write_events, .next = 1};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'd')
            data = optarg;
        else if (c == 'f' && strcmp(optarg, "hledger") == 0)
            export.write = hledger_write;
        else if (c == 'f' && strcmp(optarg, "jsonl") != 0)
            return tool_fail("export", EX_USAGE, "--format is jsonl or hledger");
        else if (c != 'f')
            return EX_USAGE;
    }
    if (optind != argc)
        return tool_fail("export", EX_USAGE,
                         "tellerd export [--format jsonl|hledger] [--data DIR]");
    struct folder folder;
    int code = tool_open(&folder, data, false);
    if (code != EX_OK)
        return code;
    char path[FOLDER_PATH_MAX];
    folder_file(&folder, "journal.db", path);
    struct journal_reader *reader = journal_reader_open_sqlite(path);
    bytes_init(&export.out, EXPORT_BUFFER_MAX);
    code = reader == NULL ? tool_fail("export", EX_NOINPUT, "there is no journal at %s", path)
                          : export_all(&export, reader);
    bytes_close(&export.out);
    if (reader != NULL)
        journal_reader_close(&reader);
    folder_close(&folder);
    return code;
}
