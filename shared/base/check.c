#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *condition, const char *file, int line, const char *where)
{
    fprintf(stderr, "%s:%d: %s: check failed: %s\n", file, line, where, condition);
    fflush(stderr);
    abort();
}
