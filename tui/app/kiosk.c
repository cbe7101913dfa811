#include "app/kiosk.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <syslog.h>

#include "app/options.h"
#include "model/intent_folder.h"
#include "model/paper_folder.h"

bool kiosk_ignore_keys(void)
{
    static const int keys[] = {SIGINT, SIGQUIT, SIGTSTP};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&ignore.sa_mask);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (sigaction(keys[i], &ignore, NULL) != 0) {
            return false;
        }
    }
    return true;
}

#define JOBS_MAX 4 /* papers that wait for the one before them */

struct job {
    char name[ATM_PAPER_NAME_MAX];
    struct bytes text;
};

/* A command that prints, one paper after the other, and files for what it does not take: the
 * customer is told that nothing came out, and the bank's people find it there. */
struct command {
    struct atm_printer printer; /* first */
    struct atm_printer *files;  /* or NULL */
    struct paper *paper;
    struct job jobs[JOBS_MAX]; /* the first one is being printed */
    size_t job_count;
    int64_t now_ms;
};

static void keep(struct command *command, const char *name, struct text text)
{
    bool kept = command->files != NULL && command->files->print(command->files, name, text);
    if (!kept) {
        syslog(LOG_ERR, "%s could not be kept in a file either", name);
    }
}

static bool start_first(struct command *command, char why[PAPER_WHERE_MAX])
{
    return command->paper->print(command->paper, bytes_text(&command->jobs[0].text),
                                 command->now_ms, why);
}

static void drop_first(struct command *command)
{
    bytes_close(&command->jobs[0].text);
    command->job_count--;
    memmove(&command->jobs[0], &command->jobs[1], command->job_count * sizeof command->jobs[0]);
}

/* To the journal of the system, where the bank's people look. */
static void fail_first(struct command *command, const char *why)
{
    syslog(LOG_ERR, "%s was not printed: %s", command->jobs[0].name, why);
    keep(command, command->jobs[0].name, bytes_text(&command->jobs[0].text));
    drop_first(command);
}

static bool command_print(struct atm_printer *printer, const char *name, struct text text)
{
    struct command *command = (struct command *)printer;
    char why[PAPER_WHERE_MAX];
    if (command->job_count == JOBS_MAX) {
        syslog(LOG_ERR, "%s was not printed: the printer does not keep up", name);
        keep(command, name, text);
        return false;
    }
    struct job *job = &command->jobs[command->job_count++];
    (void)snprintf(job->name, sizeof job->name, "%s", name);
    bytes_init(&job->text, PAPER_TEXT_MAX);
    bytes_put_text(&job->text, text);
    if (command->job_count == 1 && !start_first(command, why)) {
        fail_first(command, why);
        return false;
    }
    return true;
}

static enum paper_news command_turn(struct atm_printer *printer, int64_t now_ms,
                                    char why[PAPER_WHERE_MAX])
{
    struct command *command = (struct command *)printer;
    command->now_ms = now_ms;
    enum paper_news news = command->paper->turn(command->paper, now_ms, why);
    if (news == PAPER_NOTHING && command->job_count > 0 &&
        !command->paper->is_busy(command->paper) && !start_first(command, why)) {
        news = PAPER_FAILED;
    }
    if (news == PAPER_FAILED) {
        fail_first(command, why);
    } else if (news == PAPER_PRINTED) {
        drop_first(command);
    }
    return news;
}

static void command_close(struct atm_printer *printer)
{
    struct command *command = (struct command *)printer;
    command->paper->close(command->paper);
    for (size_t i = 1; i < command->job_count; i++) { /* the first is in the command's hands */
        keep(command, command->jobs[i].name, bytes_text(&command->jobs[i].text));
    }
    while (command->job_count > 0) {
        drop_first(command);
    }
    closelog();
    if (command->files != NULL) {
        command->files->close(command->files);
    }
    free(command);
}

static struct atm_printer *command_new(const char *printer, struct atm_printer *files)
{
    struct command *command = calloc(1, sizeof *command);
    CHECK(command != NULL);
    command->printer =
        (struct atm_printer){.print = command_print, .turn = command_turn, .close = command_close};
    command->files = files;
    openlog("teller-atm", LOG_PID, LOG_DAEMON);
    command->paper = paper_folder_open(printer, NULL);
    CHECK(command->paper != NULL);
    return &command->printer;
}

void kiosk_open(struct kiosk *kiosk, const char *state, const char *printer)
{
    char path[OPTIONS_PATH_MAX + 32];
    void *memory =
        mmap(NULL, sizeof *kiosk->atm, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    /* Where the system allows no locked memory the machine still works; nothing is dumped. */
    (void)mlock(memory, sizeof *kiosk->atm);
    (void)madvise(memory, sizeof *kiosk->atm, MADV_DONTDUMP);
    kiosk->atm = memory;
    if (state == NULL) {
        (void)snprintf(kiosk->why_no_store, sizeof kiosk->why_no_store,
                       "there is no place for open postings: set XDG_STATE_HOME or HOME");
        return;
    }
    (void)snprintf(path, sizeof path, "%s/atm", state);
    kiosk->store = intent_folder_open(path, kiosk->why_no_store);
    (void)snprintf(path, sizeof path, "%s/atm/settle", state);
    kiosk->settle = kiosk->store != NULL ? intent_folder_open(path, kiosk->why_no_store) : NULL;
    (void)snprintf(path, sizeof path, "%s/receipts", state);
    char why[256];
    kiosk->printer = atm_paper_folder(path, why); /* without paper the machine says so itself */
    kiosk->printer = printer != NULL ? command_new(printer, kiosk->printer) : kiosk->printer;
}

void kiosk_close(struct kiosk *kiosk)
{
    if (kiosk->atm != NULL) {
        explicit_bzero(kiosk->atm, sizeof *kiosk->atm);
        (void)munlock(kiosk->atm, sizeof *kiosk->atm);
        (void)munmap(kiosk->atm, sizeof *kiosk->atm);
    }
    if (kiosk->store != NULL) {
        kiosk->store->close(kiosk->store);
    }
    if (kiosk->settle != NULL) {
        kiosk->settle->close(kiosk->settle);
    }
    if (kiosk->printer != NULL) {
        kiosk->printer->close(kiosk->printer);
    }
    *kiosk = (struct kiosk){0};
}
