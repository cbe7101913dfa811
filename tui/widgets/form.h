/* Which of a form's fields has the focus, and the keys that move it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "term/keys.h"

struct form {
    size_t focus, count;
};

enum form_move { FORM_STAYS, FORM_MOVED, FORM_DONE }; /* done: Enter in the last field */

enum form_move form_key(struct form *form, const struct term_key *key);
