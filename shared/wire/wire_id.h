/* The id of an envelope, read from the bytes themselves: exact up to 2^64 - 1, and found even
 * where what follows it is damaged. Null when there is none, or none that may be echoed. */
#pragma once

#include "wire/wire.h"

struct wire_id wire_id_read(const void *data, size_t size);
void wire_id_emit(struct emitter *emitter, struct wire_id id);
