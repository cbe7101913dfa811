/* Calls about PINs on their way to the registry's threads and back. */
#pragma once

#include <stdbool.h>

#include "base/check.h"
#include "registry/pin_pool.h"
#include "service/pool.h"

/* Hands over a SetPin, whose account exists, or an OpenSession; answered, it comes to the box.
 * False: there is no room, and call->problem says so. */
bool pin_call_submit(struct pin_pool *pool, struct registry *registry, struct call *call,
                     struct pool_box *box) MUST_USE;
