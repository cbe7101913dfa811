#include "app/kiosk.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "app/options.h"
#include "model/intent_folder.h"
#include "model/paper_folder.h"

#define FREED 0x5a

bool kiosk_harden(void)
{
    struct rlimit none = {0, 0};
    (void)mallopt(M_PERTURB, FREED); /* copies of a PIN inside of libraries end with their memory */
    return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

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

/* A command that prints, and files for what it does not take. */
struct command {
    struct atm_printer printer; /* first */
    struct atm_printer *files;  /* or NULL */
    struct paper *paper;
    int64_t now_ms;
};

static bool command_print(struct atm_printer *printer, const char *name, struct text text)
{
    struct command *command = (struct command *)printer;
    char why[PAPER_WHERE_MAX];
    if (!command->paper->is_busy(command->paper) &&
        command->paper->print(command->paper, text, command->now_ms, why)) {
        return true;
    }
    return command->files != NULL && command->files->print(command->files, name, text);
}

/* Whoever it was printed for has left: there is nobody to tell how it went. */
static void command_turn(struct atm_printer *printer, int64_t now_ms)
{
    struct command *command = (struct command *)printer;
    char why[PAPER_WHERE_MAX];
    command->now_ms = now_ms;
    (void)command->paper->turn(command->paper, now_ms, why);
}

static void command_close(struct atm_printer *printer)
{
    struct command *command = (struct command *)printer;
    command->paper->close(command->paper);
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
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* nothing secret is left: leaks can be looked for */
}
