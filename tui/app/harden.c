#include "app/harden.h"

#include <malloc.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define FREED 0x5a

bool harden_begin(void)
{
    struct rlimit none = {0, 0};
    (void)mallopt(M_PERTURB, FREED);
    return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

void harden_end(void)
{
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
