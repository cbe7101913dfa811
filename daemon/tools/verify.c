/* tellerd verify: holds the whole journal against every promise (audit.h), and the views against
 * the journal. Names the first difference. Only reads; works beside a running daemon. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/currency.h"
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
    struct verify verify = {.audit = audit_new(), .next = 1};
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

/* The views are folded afresh from the journal, in memory, and compared row by row. */
static int verify_views(const char *journal_path, const char *views_path)
{
    char finding[AUDIT_FINDING_MAX] = "";
    struct projector *fresh = NULL;
    struct journal_reader *reader = journal_reader_open_sqlite(journal_path);
    if (reader == NULL)
        return tool_fail("verify", EX_NOINPUT, "there is no journal to read at %s", journal_path);
    if (projector_open(NULL, reader, &fresh) == PROJECTOR_FAILED)
        return tool_fail("verify", EX_OSERR, "the views cannot be folded in memory");
    struct progress progress;
    progress_begin(&progress, "folded", 0);
    long folded;
    while ((folded = projector_fold(fresh, VERIFY_CHUNK)) > 0)
        progress_show(&progress, projector_seen(fresh));
    while (projector_flush(fresh, INT64_MAX))
        ;
    progress_end(&progress);
    enum views_compared compared =
        folded < 0 ? VIEWS_UNREADABLE : views_compare(fresh, views_path, finding, sizeof finding);
    projector_close(&fresh, false);
    switch (compared) {
    case VIEWS_EQUAL:
        return EX_OK;
    case VIEWS_DIFFER:
        return tool_fail("verify", EX_DATAERR, "views.db: %s", finding);
    case VIEWS_UNREADABLE:
        break;
    }
    return tool_fail("verify", EX_DATAERR, "views.db cannot be read: %s", finding);
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
    code = verify_journal(journal_path, &report);
    bool views = access(views_path, F_OK) == 0;
    if (code == EX_OK && views)
        code = verify_views(journal_path, views_path);
    if (code == EX_OK)
        printf("sound: %" PRIu64 " records, %" PRIu64 " events, %" PRIu64 " accounts, %" PRIu64
               " refusals kept; %s\n",
               report.head.record, report.head.position, report.accounts, report.refusals,
               views ? "the views agree" : "no views yet (they are built at the next start)");
    folder_close(&folder);
    return code;
}
