/* PINs and the sessions they open. Both functions run argon2id on the calling thread, which takes
 * a tenth of a second and 64 MiB on purpose: pin_pool.h has the threads for that.
 *
 * A guess is counted, on disk, before it is looked at, and given back when it was right: neither
 * races nor crashes buy guesses. Three wrong ones lock the PIN until it is set anew. An account
 * without a PIN, or that does not exist, costs a guess the same time. */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "contract/args.h"
#include "contract/problem.h"
#include "contract/results.h"
#include "registry/registry.h"

/* Sets the PIN of an account that is known to exist, and ends the account's sessions. Wipes the
 * PIN in `args`. */
enum status registry_set_pin(struct registry *registry, const struct account_pin *args,
                             struct problem *problem) MUST_USE;
/* Opens a session for whoever knows the PIN, at the machine of `by`. Wipes the PIN in `args`. The
 * token lives in the arena. */
enum status registry_open_session(struct registry *registry, const struct account_pin *args,
                                  const struct principal *by, struct session_result *out,
                                  struct arena *arena, struct problem *problem) MUST_USE;
