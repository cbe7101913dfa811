/* One question to a running daemon over ZeroMQ: for tools of the command line (`keys`). Blocks up
 * to `timeout_ms`. False: `why` says what went wrong on the way (not the daemon's refusals). */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "wire/wire.h"

bool zmq_ask(const char *endpoint, const struct message *message, struct text auth,
             const void *args, int timeout_ms, struct arena *arena, struct wire_reply *out,
             char why[128]) MUST_USE;
