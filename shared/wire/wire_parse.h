/* wire_parse without its look at the bytes, for who has looked and must tell a message that is not
 * sound from one that there is no room for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "contract/node.h"

/* Only after wire_scan_is_sound. False: no room. */
bool wire_unpack(const void *data, size_t size, struct arena *arena, struct node *out) MUST_USE;
