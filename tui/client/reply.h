/* Inside the room: from a decoded reply to what the caller gets. */
#pragma once

#include "client/client.h"
#include "wire/wire.h"

/* Fills result, value, outcome or problem. False: not what the operation answers. */
bool reply_bind(const struct wire_reply *reply, struct arena *arena,
                struct client_reply *out) MUST_USE;
