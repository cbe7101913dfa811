/* tellerd verify: holds the whole journal against every promise (audit.h), and the views against
 * the journal. Names the first difference. Only reads; works beside a running daemon. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/currency.h"
#include "host/thread.h"
#include "journal/journal.h"
#include "read/projector.h"
#include "read/views_compare.h"
#include "tools/audit.h"
#include "tools/tool.h"
#include "tools/tools.h"
#include "tools/verify.h"

#define VERIFY_CHUNK 4096

struct verify {
    struct audit *audit;
    uint64_t next;
    bool stopped;
};

static bool each(void *context, const struct record *record, const uint8_t hash[JOURNAL_HASH_SIZE],
                 struct text body)
{
    struct verify *verify = context;
    verify->stopped = !audit_record(verify->audit, record, hash, body);
    verify->next = record->number + 1;
    return !verify->stopped;
}

static void audit_journal(struct journal_reader *reader, struct audit_report *out)
{
    struct verify verify = {.audit = audit_new(journal_old_until(reader)), .next = 1};
    struct journal_head head;
    struct progress progress;
    bool readable = journal_reader_head(reader, &head) == JOURNAL_READ_OK;
    progress_begin(&progress, "verified", readable ? head.record : 0);
    while (readable && !verify.stopped && verify.next <= head.record) {
        size_t count = 0;
        enum journal_read read =
            journal_scan(reader, verify.next, VERIFY_CHUNK, each, &verify, &count);
        readable = read != JOURNAL_READ_ERROR && (count > 0 || verify.stopped);
        progress_show(&progress, verify.next);
    }
    progress_end(&progress);
    audit_finish(verify.audit, out);
    audit_free(&verify.audit);
    if (!readable && out->sound) {
        out->sound = false;
        snprintf(out->finding, sizeof out->finding, "record %" PRIu64 " cannot be read or decoded",
                 verify.next);
    }
}

int verify_journal(const char *path, struct audit_report *out)
{
    char why[AUDIT_FINDING_MAX];
    if (!journal_check_witness(path, why, sizeof why))
        return tool_fail("verify", EX_DATAERR, "%s", why);
    struct journal_reader *reader = journal_reader_open_sqlite(path);
    if (reader == NULL)
        return tool_fail("verify", EX_NOINPUT, "there is no journal to read at %s", path);
    audit_journal(reader, out);
    journal_reader_close(&reader);
    return out->sound ? EX_OK : tool_fail("verify", EX_DATAERR, "%s", out->finding);
}

/* The views are folded afresh from the journal, in memory, and compared row by row, on a thread of
 * its own while the journal is audited: both read it from end to end. Nothing is flushed: rows are
 * compared as they stand in memory. */
struct views_check {
    const char *journal_path, *views_path;
    pthread_t thread;
    atomic_bool over; /* nobody wants to know any more */
    enum views_compared compared;
    char finding[AUDIT_FINDING_MAX];
};

static bool fold_all(struct views_check *check, struct projector *fresh)
{
    long folded = 1;
    while (folded > 0 && !atomic_load(&check->over))
        folded = projector_fold(fresh, VERIFY_CHUNK);
    return folded == 0;
}

static void *check_views(void *context)
{
    struct views_check *check = context;
    struct projector *fresh = NULL;
    struct journal_reader *reader = journal_reader_open_sqlite(check->journal_path);
    check->compared = VIEWS_UNREADABLE;
    if (reader == NULL || projector_open(NULL, reader, &fresh) == PROJECTOR_FAILED) {
        snprintf(check->finding, sizeof check->finding, "there is nothing to compare it with");
        return NULL;
    }
    projector_leave_out_search(fresh);
    projector_read_ahead(fresh);
    if (fold_all(check, fresh))
        check->compared =
            views_compare(fresh, check->views_path, check->finding, sizeof check->finding);
    else
        snprintf(check->finding, sizeof check->finding, "the journal cannot be folded");
    projector_close(&fresh, false);
    return NULL;
}

static int say_of_views(const struct views_check *check)
{
    switch (check->compared) {
    case VIEWS_EQUAL:
    case VIEWS_OF_ANOTHER_FORMAT:
        return EX_OK;
    case VIEWS_DIFFER:
        return tool_fail("verify", EX_DATAERR, "views.db: %s", check->finding);
    case VIEWS_UNREADABLE:
        break;
    }
    return tool_fail("verify", EX_DATAERR, "views.db cannot be read: %s", check->finding);
}

static const char *words_on_views(bool are_there, const struct views_check *check)
{
    if (!are_there)
        return "no views yet (they are built at the next start)";
    return check->compared == VIEWS_EQUAL ? "the views agree"
                                          : "the views are of another version (they are built anew "
                                            "at the next start)";
}

static int verify_both(struct views_check *check, struct audit_report *out)
{
    if (!thread_start(&check->thread, "teller-views", check_views, check))
        return tool_fail("verify", EX_OSERR, "a thread cannot be started");
    int code = verify_journal(check->journal_path, out);
    atomic_store(&check->over, code != EX_OK);
    CHECK(pthread_join(check->thread, NULL) == 0);
    return code == EX_OK ? say_of_views(check) : code;
}

int tool_verify(int argc, char **argv)
{
    const char *data;
    int code = tool_options(argc, argv, 0, "verify [--data DIR]", &data);
    if (code != EX_OK)
        return code;
    struct folder folder;
    code = tool_open(&folder, data, false);
    if (code != EX_OK)
        return code;
    char journal_path[FOLDER_PATH_MAX], views_path[FOLDER_PATH_MAX];
    struct audit_report report;
    folder_file(&folder, "journal.db", journal_path);
    folder_file(&folder, "views.db", views_path);
    bool views = access(views_path, F_OK) == 0;
    struct views_check check = {.journal_path = journal_path, .views_path = views_path};
    code = views ? verify_both(&check, &report) : verify_journal(journal_path, &report);
    if (code == EX_OK)
        printf("sound: %" PRIu64 " records, %" PRIu64 " events, %" PRIu64 " accounts, %" PRIu64
               " refusals kept; %s\n",
               report.head.record, report.head.position, report.accounts, report.refusals,
               words_on_views(views, &check));
    folder_close(&folder);
    return code;
}
