#include <arpa/inet.h>
#include <glob.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "limit.h"
#include "process.h"

#define PATH_ROOM 1400
#define START_TRIES 200 /* a twentieth of a second each */

struct postgres {
    char programs[256], folder[1024], log[PATH_ROOM], script[PATH_ROOM], port[16];
    const char *user; /* it refuses to run as root */
    struct process process;
};

/* The bank's transfer as a user of PostgreSQL would write it, with what Teller gives as well: once
 * for a key, both rows locked in one order, never below zero, versions, one line of a journal, and
 * a line for each account with its balance, found by account and version. */
static const char schema[] =
    "CREATE TABLE account(id int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0),"
    " version bigint NOT NULL DEFAULT 1);"
    "CREATE TABLE transfer(id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),"
    " debit int NOT NULL, credit int NOT NULL, amount bigint NOT NULL, reference text NOT NULL);"
    "CREATE TABLE entry(account int NOT NULL, version bigint NOT NULL, transfer bigint NOT NULL,"
    " change bigint NOT NULL, balance bigint NOT NULL, PRIMARY KEY (account, version));"
    "CREATE TABLE command(key text PRIMARY KEY, transfer bigint NOT NULL);"
    "CREATE FUNCTION transfer(k text, f int, t int, a bigint) RETURNS bigint LANGUAGE plpgsql AS $$"
    " DECLARE n bigint; fb bigint; fv bigint; tb bigint; tv bigint; BEGIN"
    " SELECT transfer INTO n FROM command WHERE key = k;"
    " IF FOUND THEN RETURN n; END IF;"
    " PERFORM 1 FROM account WHERE id IN (f, t) ORDER BY id FOR UPDATE;"
    " UPDATE account SET balance = balance - a, version = version + 2"
    "  WHERE id = f AND balance >= a RETURNING balance, version INTO fb, fv;"
    " IF NOT FOUND THEN RAISE EXCEPTION 'insufficient_funds'; END IF;"
    " UPDATE account SET balance = balance + a, version = version + 2 WHERE id = t"
    "  RETURNING balance, version INTO tb, tv;"
    " IF NOT FOUND THEN RAISE EXCEPTION 'account_not_found'; END IF;"
    " INSERT INTO transfer(debit, credit, amount, reference) VALUES (f, t, a, 'bench')"
    "  RETURNING id INTO n;"
    " INSERT INTO entry VALUES (f, fv, n, -a, fb), (t, tv, n, a, tb);"
    " INSERT INTO command VALUES (k, n);"
    " RETURN n; END $$;";

static bool find_programs(struct postgres *postgres)
{
    glob_t found;
    bool any = glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0;
    if (any) {
        const char *last = found.gl_pathv[found.gl_pathc - 1];
        (void)snprintf(postgres->programs, sizeof postgres->programs, "%.*s",
                       (int)(strlen(last) - strlen("/initdb")), last);
        globfree(&found);
    }
    return any;
}

static const char *program(const struct postgres *postgres, const char *name, char path[PATH_ROOM])
{
    (void)snprintf(path, PATH_ROOM, "%s/%s", postgres->programs, name);
    return path;
}

static bool give_to(const char *path, const char *user)
{
    const struct passwd *entry = getpwnam(user);
    return entry != NULL && chown(path, entry->pw_uid, entry->pw_gid) == 0;
}

static bool pick_port(char port[16])
{
    struct sockaddr_in any = {.sin_family = AF_INET,
                              .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool picked = fd >= 0 && bind(fd, (struct sockaddr *)&any, size) == 0 &&
                  getsockname(fd, (struct sockaddr *)&any, &size) == 0;
    if (fd >= 0)
        (void)close(fd);
    (void)snprintf(port, 16, "%u", (unsigned)ntohs(any.sin_port));
    return picked;
}

static int psql(struct postgres *postgres, const char *sql)
{
    char path[PATH_ROOM], out[256];
    const char *argv[] = {program(postgres, "psql", path),
                          "-h",
                          "127.0.0.1",
                          "-p",
                          postgres->port,
                          "-U",
                          "bench",
                          "-d",
                          "postgres",
                          "-q",
                          "-v",
                          "ON_ERROR_STOP=1",
                          "-c",
                          sql,
                          NULL};
    return process_run(argv, postgres->log, postgres->user, out, sizeof out);
}

static bool make_cluster(struct postgres *postgres)
{
    char path[PATH_ROOM], out[256];
    const char *argv[] = {program(postgres, "initdb", path),
                          "-D",
                          postgres->folder,
                          "-U",
                          "bench",
                          "-A",
                          "trust",
                          "--no-sync",
                          "-E",
                          "UTF8",
                          "--locale=C",
                          NULL};
    return process_run(argv, postgres->log, postgres->user, out, sizeof out) == 0;
}

/* As it comes, on this disk: fsync and synchronous_commit are on by default, and said again. */
bool postgres_wake(struct postgres *postgres)
{
    char path[PATH_ROOM];
    const char *argv[] = {program(postgres, "postgres", path),
                          "-D",
                          postgres->folder,
                          "-p",
                          postgres->port,
                          "-c",
                          "listen_addresses=127.0.0.1",
                          "-c",
                          "unix_socket_directories=",
                          "-c",
                          "fsync=on",
                          "-c",
                          "synchronous_commit=on",
                          NULL};
    if (!process_start(&postgres->process, argv, postgres->log, postgres->user))
        return false;
    for (int i = 0; i < START_TRIES; i++) {
        char ready[PATH_ROOM], out[256];
        const char *ask[] = {program(postgres, "pg_isready", ready),
                             "-q",
                             "-h",
                             "127.0.0.1",
                             "-p",
                             postgres->port,
                             NULL};
        if (process_run(ask, postgres->log, NULL, out, sizeof out) == 0)
            return true;
        (void)usleep(50000);
    }
    return false;
}

void postgres_sleep(struct postgres *postgres)
{
    if (postgres->process.pid > 0)
        (void)process_stop(&postgres->process, SIGINT); /* its fast way to stop in good order */
}

static bool fill(struct postgres *postgres, size_t accounts)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO account(id, balance) SELECT i, 1000000000"
                   " FROM generate_series(1, %zu) i; ANALYZE account",
                   accounts);
    FILE *script = fopen(postgres->script, "w");
    if (script == NULL)
        return false;
    bool written = fprintf(script,
                           "\\set f random(1, %zu)\n"
                           "\\set t 1 + (:f + random(0, %zu)) %% %zu\n"
                           "\\set k random(1, 9000000000000000000)\n"
                           "SELECT transfer(:k::text, :f, :t, 1);\n",
                           accounts, accounts - 2, accounts) > 0;
    return fclose(script) == 0 && written && chmod(postgres->script, 0644) == 0 &&
           psql(postgres, schema) == 0 && psql(postgres, sql) == 0;
}

struct postgres *postgres_new(const char *folder, size_t accounts, const char **why)
{
    struct postgres *postgres = calloc(1, sizeof *postgres);
    CHECK(postgres != NULL);
    postgres->process = PROCESS_NONE;
    (void)snprintf(postgres->folder, sizeof postgres->folder, "%s", folder);
    (void)snprintf(postgres->log, sizeof postgres->log, "%s.log", folder);
    (void)snprintf(postgres->script, sizeof postgres->script, "%s.sql", folder);
    postgres->user = geteuid() != 0 ? NULL : getpwnam("postgres") != NULL ? "postgres" : "nobody";
    *why = NULL;
    if (!find_programs(postgres))
        *why = "postgresql is not installed";
    else if (mkdir(folder, 0700) != 0 ||
             (postgres->user != NULL && !give_to(folder, postgres->user)) ||
             !pick_port(postgres->port) || !make_cluster(postgres))
        *why = "no cluster of postgresql could be made here";
    else if (!postgres_wake(postgres) || !fill(postgres, accounts))
        *why = "postgresql did not start";
    postgres_sleep(postgres);
    if (*why != NULL)
        postgres_free(&postgres);
    return postgres;
}

void postgres_free(struct postgres **address)
{
    struct postgres *postgres = *address;
    if (postgres == NULL)
        return;
    postgres_sleep(postgres);
    free(postgres);
    *address = NULL;
}

double postgres_rate(struct postgres *postgres, unsigned clients, unsigned seconds)
{
    char path[PATH_ROOM], out[8192], client_text[16], second_text[16];
    (void)snprintf(client_text, sizeof client_text, "%u", clients);
    (void)snprintf(second_text, sizeof second_text, "%u", seconds);
    const char *argv[] = {program(postgres, "pgbench", path),
                          "-n",
                          "-M",
                          "prepared",
                          "-h",
                          "127.0.0.1",
                          "-p",
                          postgres->port,
                          "-U",
                          "bench",
                          "-c",
                          client_text,
                          "-j",
                          clients > 1 ? "2" : "1",
                          "-T",
                          second_text,
                          "-f",
                          postgres->script,
                          "postgres",
                          NULL};
    if (process_run(argv, postgres->log, postgres->user, out, sizeof out) != 0)
        return 0;
    const char *tps = strstr(out, "tps = ");
    return tps == NULL ? 0 : strtod(tps + 6, NULL);
}
