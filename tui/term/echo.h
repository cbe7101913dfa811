/* Lines typed at a terminal without being seen: a PIN, a key. */
#pragma once

#include <stdbool.h>

/* Nothing where the input is no terminal. Until it is shown again ^Z is off, so that no shell is
 * left in the dark, and a crash shows it again. */
void echo_hide(bool hidden);
