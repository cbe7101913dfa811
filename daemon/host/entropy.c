#include "host/entropy.h"

#include <sodium.h>

#include "base/check.h"

static void system_fill(struct entropy *entropy, void *out, size_t size)
{
    (void)entropy;
    randombytes_buf(out, size);
}

struct entropy *entropy_system(void)
{
    static struct entropy entropy = {.fill = system_fill};
    /* May be called any number of times from any thread; fails only without a source. */
    CHECK(sodium_init() >= 0);
    return &entropy;
}
