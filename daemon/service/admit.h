/* Admission: who asks, may they, and do they keep the rules about keys (CONTRACT 4: 401, 403,
 * key). What passes here may be carried out. */
#pragma once

#include <stdbool.h>

#include "base/check.h"
#include "service/service.h"

/* Fills call->who. False: call->problem says why. */
bool admit_call(const struct service_config *config, struct call *call) MUST_USE;
