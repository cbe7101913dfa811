#include "sqlite/sqlite_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BUSY_TIMEOUT_MS 10000

static bool vacuum_into(sqlite3 *db, const char *target)
{
    sqlite3_stmt *statement = NULL;
    bool done = sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_bind_text(statement, 1, target, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_finalize(statement);
    return done;
}

static bool sync_private(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool done = fchmod(fd, S_IRUSR | S_IWUSR) == 0 && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return done;
}

bool sqlite_copy(const char *source, const char *target, char *why, size_t size)
{
    sqlite3 *db = NULL;
    bool done =
        sqlite3_open_v2(source, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;
    if (done) {
        sqlite3_busy_timeout(db, COPY_BUSY_TIMEOUT_MS);
        done = vacuum_into(db, target);
    }
    if (!done)
        snprintf(why, size, "%s", db == NULL ? "out of memory" : sqlite3_errmsg(db));
    sqlite3_close(db);
    if (done && !sync_private(target)) {
        snprintf(why, size, "%s", strerror(errno));
        done = false;
    }
    return done;
}
