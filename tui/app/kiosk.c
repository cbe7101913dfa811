#include "app/kiosk.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "app/options.h"
#include "model/intent_folder.h"

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

void kiosk_open(struct kiosk *kiosk, const char *state)
{
    char path[OPTIONS_PATH_MAX + 32];
    void *memory = mmap(NULL, sizeof *kiosk->atm, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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
}

void kiosk_close(struct kiosk *kiosk)
{
    if (kiosk->atm == NULL) {
        return;
    }
    explicit_bzero(kiosk->atm, sizeof *kiosk->atm);
    (void)munlock(kiosk->atm, sizeof *kiosk->atm);
    (void)munmap(kiosk->atm, sizeof *kiosk->atm);
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
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* nothing secret is left, and leaks can be looked for */
}
