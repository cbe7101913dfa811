/* The ZeroMQ door: one ROUTER socket bound to every endpoint, in one loop on one thread. Decode,
 * submit to the service, encode; nothing else. ipc:// and loopback only until CURVE comes.
 *
 * Bounds: a frame of WIRE_MESSAGE_MAX, PEERS_CALLS_MAX requests in flight a peer, and as many
 * bytes held by requests as DOOR_HELD_MAX says; beyond that the door stops reading, and peers
 * wait. A peer that does not read its replies loses them once its pipe is full. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "service/service.h"

#define ZMQ_ENDPOINTS_MAX 8

struct zmq_door;

struct zmq_door_config {
    struct service *service;
    const char *endpoints[ZMQ_ENDPOINTS_MAX];
    size_t endpoint_count;
};

/* Binds and starts the thread. NULL: logged. */
struct zmq_door *zmq_door_start(const struct zmq_door_config *config) MUST_USE;
/* What was bound, wildcard ports resolved, in the order given. */
const char *zmq_door_endpoint(const struct zmq_door *door, size_t index);
/* Takes no more requests, answers those in flight, lets the replies leave, and closes. */
void zmq_door_stop(struct zmq_door **door);
/* ipc://, or tcp:// with a numeric loopback address and a port (a number or *). */
bool zmq_endpoint_is_local(const char *endpoint);
