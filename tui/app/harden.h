/* The process holds a key, and for moments a PIN: nothing of it may be left behind. */
#pragma once

#include <stdbool.h>

#include "base/check.h"

/* First of all: no core, no debugger, and what is freed is overwritten, because copies of a PIN
 * inside of libraries end with their memory. False: `errno`. */
bool harden_begin(void) MUST_USE;
/* Last of all, when nothing secret is left: leaks can be looked for. */
void harden_end(void);
