/* tellerd rebuild: throws the views away and folds them anew from the journal. */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "journal/journal.h"
#include "read/projector.h"
#include "tools/tool.h"
#include "tools/tools.h"

#define REBUILD_CHUNK 65536 /* records between two looks */
/* What is folded before it is flushed: the more at once, the fewer rows are written twice. Rows
 * that are written anyway wait in some 50 bytes an account, names of new accounts in 200. */
#define REBUILD_RECORDS 8388608
#define REBUILD_OPENINGS 1048576

/* Takes the reader. */
static int fold_all(struct journal_reader *reader, uint64_t records, const char *views_path)
{
    struct projector *projector = NULL;
    if (projector_open(views_path, reader, &projector) == PROJECTOR_FAILED)
        return tool_fail("rebuild", EX_CANTCREAT, "%s cannot be made", views_path);
    struct progress progress;
    progress_begin(&progress, "folded", records);
    projector_read_ahead(projector);
    long folded, waiting = 0;
    bool written = true;
    while (written && (folded = projector_fold(projector, REBUILD_CHUNK)) > 0) {
        waiting += folded;
        if (waiting >= REBUILD_RECORDS || projector_openings(projector) >= REBUILD_OPENINGS) {
            written = projector_flush_all(projector);
            waiting = 0;
        }
        progress_show(&progress, projector_seen(projector));
    }
    uint64_t seen = projector_seen(projector);
    if (folded == 0) /* what does not join is not written */
        written = written && projector_flush_all(projector);
    projector_close(&projector, false);
    progress_end(&progress);
    if (!written)
        return tool_fail("rebuild", EX_IOERR, "%s cannot be written", views_path);
    if (folded < 0)
        return tool_fail("rebuild", EX_DATAERR, "record %" PRIu64 " cannot be read", seen + 1);
    printf("rebuilt: %" PRIu64 " records\n", seen);
    return EX_OK;
}

static int remove_views(const struct folder *folder)
{
    static const char *const files[] = {"views.db", "views.db-wal", "views.db-shm"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[FOLDER_PATH_MAX];
        folder_file(folder, files[i], path);
        if (unlink(path) != 0 && access(path, F_OK) == 0)
            return tool_fail("rebuild", EX_IOERR, "%s cannot be removed", path);
    }
    return EX_OK;
}

/* Nothing is thrown away before there is something to fold from. */
static int rebuild(const struct folder *folder)
{
    char journal_path[FOLDER_PATH_MAX], views_path[FOLDER_PATH_MAX];
    struct journal_head head;
    folder_file(folder, "journal.db", journal_path);
    folder_file(folder, "views.db", views_path);
    struct journal_reader *reader = journal_reader_open_sqlite(journal_path);
    if (reader == NULL)
        return tool_fail("rebuild", EX_NOINPUT, "there is no journal to read at %s", journal_path);
    int code = EX_OK;
    if (journal_reader_head(reader, &head) == JOURNAL_READ_ERROR)
        code = tool_fail("rebuild", EX_DATAERR, "the end of %s cannot be read", journal_path);
    if (code == EX_OK)
        code = remove_views(folder);
    if (code == EX_OK)
        return fold_all(reader, head.record, views_path);
    journal_reader_close(&reader);
    return code;
}

int tool_rebuild(int argc, char **argv)
{
    const char *data;
    int code = tool_options(argc, argv, 0, "rebuild [--data DIR]", &data);
    if (code != EX_OK)
        return code;
    struct folder folder;
    code = tool_open_locked(&folder, data, false);
    if (code != EX_OK)
        return code;
    code = rebuild(&folder);
    folder_close(&folder);
    return code;
}
