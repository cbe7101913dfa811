/* A new PIN for an account: what is wrong with it, how it is sent, and what became of it; the same
 * in the dialog and in `teller --plain`. */
#pragma once

#include "client/calls.h"
#include "screens/console.h"

#define PIN_OWNER (UINT32_MAX - 4) /* owner of its requests */

/* NULL: it may be sent. */
const char *pin_fault(struct text first, struct text again);
/* The reply to SetPin in one sentence; it may point into the reply. */
const char *pin_tell(const struct client_reply *reply, enum style *style);
/* It belongs to the console: who closes the dialog hears of it all the same, and the transport is
 * scrubbed in any case. 0: nothing was sent. */
uint64_t pin_send(struct console *console, uint64_t account, struct text pin);
void pin_reply(struct console *console, const struct client_reply *reply);
/* The answer is there: nothing of the PIN stays in the transport. */
void pin_scrub(struct console *console);
