/* Commands and lookups on their way to the engine and back. */
#pragma once

#include <stdbool.h>

#include "base/check.h"
#include "service/reading.h"
#include "service/service.h"

/* Builds call->request. False: call->problem says why. */
bool command_prepare(struct call *call, struct engine_port *port) MUST_USE;
/* The request came back from the engine: fills status, and result or problem. Known keys are
 * held against the journal here, off the engine's thread. */
void command_finish(struct call *call, struct reading *reading);
