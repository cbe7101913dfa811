/* tellerd backup DEST: a copy of the bank, taken beside a running daemon, on disk and verified
 * before it is called one. Outbox, registry, then the journal (DESIGN rule 12): whatever the
 * journal says happened, the other copies are not ahead of it. Views and snapshots are caches and
 * are not copied; the admin key is a secret, and `keys create` makes a new one. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "journal/journal.h"
#include "sqlite/sqlite_copy.h"
#include "tools/tool.h"
#include "tools/tools.h"
#include "tools/verify.h"

static int copy_all(const struct folder *from, const struct folder *to)
{
    char source[FOLDER_PATH_MAX], target[FOLDER_PATH_MAX], why[256] = "";
    folder_file(from, "outbox.db", source);
    folder_file(to, "outbox.db", target);
    if (access(source, F_OK) == 0 && !sqlite_copy(source, target, why, sizeof why))
        return tool_fail("backup", EX_IOERR, "%s: %s", target, why);
    folder_file(from, "registry.db", source);
    folder_file(to, "registry.db", target);
    if (access(source, F_OK) == 0 && !sqlite_copy(source, target, why, sizeof why))
        return tool_fail("backup", EX_IOERR, "%s: %s", target, why);
    folder_file(from, "journal.db", source);
    if (!journal_check_witness(source, why, sizeof why))
        return tool_fail("backup", EX_DATAERR, "%s: %s", source, why);
    folder_file(to, "journal.db", target);
    if (!sqlite_copy(source, target, why, sizeof why))
        return tool_fail("backup", EX_IOERR, "%s: %s", target, why);
    if (!folder_fsync(to->path))
        return tool_fail("backup", EX_IOERR, "%s: %s", to->path, strerror(errno));
    struct audit_report report;
    int code = verify_journal(target, &report);
    if (code == EX_OK)
        printf("backup: %" PRIu64 " records, %" PRIu64 " accounts, verified, in %s\n",
               report.head.record, report.accounts, to->path);
    return code;
}

static int open_target(struct folder *target, const char *path)
{
    char journal[FOLDER_PATH_MAX], registry[FOLDER_PATH_MAX], outbox[FOLDER_PATH_MAX];
    if (!folder_open(target, path, true))
        return EX_CANTCREAT;
    folder_file(target, "journal.db", journal);
    folder_file(target, "registry.db", registry);
    folder_file(target, "outbox.db", outbox);
    if (access(journal, F_OK) != 0 && access(registry, F_OK) != 0 && access(outbox, F_OK) != 0)
        return EX_OK;
    folder_close(target);
    return tool_fail("backup", EX_CANTCREAT, "%s holds a bank already; name a new folder", path);
}

int tool_backup(int argc, char **argv)
{
    const char *data;
    int code = tool_options(argc, argv, 1, "backup DEST [--data DIR]", &data);
    if (code != EX_OK)
        return code;
    struct folder from, to;
    code = tool_open(&from, data, false);
    if (code != EX_OK)
        return code;
    code = open_target(&to, argv[optind]);
    if (code == EX_OK) {
        code = copy_all(&from, &to);
        folder_close(&to);
    }
    folder_close(&from);
    return code;
}
