/* The engine's side of a port: see engine_thread.h for the owner's. */
#pragma once

#include "write/engine_thread.h"

/* Ports that have something to deliver, while one run's requests are sorted into them. */
struct engine_delivery {
    struct engine_port *first;
};

/* Puts a finished request aside for its port. */
void engine_port_collect(struct engine_delivery *delivery, struct engine_request *request);
/* Hands over what was collected, in order, with one wake a port. A port may be gone right after
 * it got its last request. */
void engine_port_deliver(struct engine_delivery *delivery);
