/* Randomness behind an interface; see clock.h. */
#pragma once

#include <stddef.h>

struct entropy {
    void (*fill)(struct entropy *entropy, void *out, size_t size);
};

struct entropy *entropy_system(void); /* libsodium's; any thread */
