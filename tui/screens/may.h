/* What the key may do beside a teller's work: found out by asking, anew with every key and every
 * connection, so that nothing is offered that would only be refused. */
#pragma once

#include "client/client.h"

#define MAY_OWNER (UINT32_MAX - 3) /* owner of its requests */

struct console;

enum may { MAY_UNKNOWN, MAY_YES, MAY_NO };

void may_restart(struct console *console);
void may_turn(struct console *console);
void may_reply(struct console *console, const struct client_reply *reply);
