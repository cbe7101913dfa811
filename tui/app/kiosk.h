/* What `teller --atm` needs beside the screens: a process that leaves nothing behind, memory that
 * is neither swapped nor dumped, and its folders. */
#pragma once

#include "screens/atm.h"

struct kiosk {
    struct atm *atm;
    struct intent_store *store, *settle;
    struct atm_printer *printer;
    char why_no_store[256];
};

/* First of all: no core, no debugger, and what is freed is overwritten. False: `errno`. */
bool kiosk_harden(void) MUST_USE;
/* From the keyboard nothing but the operator's key ends a machine. */
bool kiosk_ignore_keys(void) MUST_USE;
/* Memory and folders (below `state`; NULL: there is none). Without a folder it runs, and says that
 * it is out of service. `printer` is a command for receipts; NULL, or as long as it is busy or
 * cannot be run: files of the folder. */
void kiosk_open(struct kiosk *kiosk, const char *state, const char *printer);
void kiosk_close(struct kiosk *kiosk);
