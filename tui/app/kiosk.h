/* What `teller --atm` needs beside the screens: memory that is neither swapped nor dumped, and its
 * folders. */
#pragma once

#include "screens/atm.h"

struct kiosk {
    struct atm *atm;
    struct intent_store *store, *settle;
    struct atm_printer *printer;
    char why_no_store[256];
};

/* From the keyboard nothing but the operator's key ends a machine. */
bool kiosk_ignore_keys(void) MUST_USE;
/* Memory and folders (below `state`; NULL: there is none). Without a folder it runs, and says that
 * it is out of service. `printer` is a command for receipts; NULL: they are files of the folder.
 * What it does not print becomes a file there too, and a line of the system's journal. */
void kiosk_open(struct kiosk *kiosk, const char *state, const char *printer);
void kiosk_close(struct kiosk *kiosk);
