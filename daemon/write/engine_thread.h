/* The engine on its thread: a bounded queue in front, ports behind.
 *
 * A port is a door's letter box for completed requests: the engine appends a whole batch and
 * writes the port's eventfd once. The engine never waits for a port to be emptied, and holds a
 * commit back only for the rest of a turn: see engine_turn_begin. Commands in flight belong to the
 * queue, not to a connection: the owner must keep a submitted request until it comes back, which
 * it always does while the engine runs. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "write/engine.h"

#define ENGINE_QUEUE_MAX 65536 /* commands waiting, over all doors */

struct engine_thread;
struct engine_port;

struct engine_thread *engine_thread_start(struct engine *engine) MUST_USE; /* takes the engine */
/* Refuses new requests, finishes those queued, closes the engine with a snapshot. Every turn has
 * ended before. */
void engine_thread_stop(struct engine_thread **thread);

/* Any thread: hands over a linked list of requests (`commands` of them in all), in order. False
 * when the queue is full, when commands are paused, or the engine is stopping: nothing is taken. */
bool engine_submit(struct engine_thread *thread, struct engine_request *first,
                   struct engine_request *last, size_t commands) MUST_USE;
/* Any thread: around what is handed over in parts. The engine decides each part as it comes, while
 * the door reads on, and commits what it has decided once no turn is under way, or nothing waits
 * and it has 64 commands, or half a millisecond after it decided the first of them; what is still
 * queued then goes with the next commit. So a commit carries what is decided in that time, and
 * BATCH_COMMANDS_MAX commands at most; a turn may be spread over several. */
void engine_turn_begin(struct engine_thread *thread);
void engine_turn_end(struct engine_thread *thread);
/* Any thread: the last record that is on disk and may have been acknowledged. */
uint64_t engine_thread_committed(const struct engine_thread *thread);
/* Any thread: the time of that record; no later command is dated at or before it. */
int64_t engine_thread_last_at(const struct engine_thread *thread);
/* Any thread: while paused (the projector lags too far), submit refuses. */
void engine_thread_pause(struct engine_thread *thread, bool paused);
/* Called by the engine's thread after each commit, when its replies are handed over: whoever asked
 * comes first. Set once, before use. */
void engine_thread_on_commit(struct engine_thread *thread, void (*call)(void *context),
                             void *context);

struct engine_port *engine_port_new(void) MUST_USE;
void engine_port_free(struct engine_port **port);
int engine_port_fd(const struct engine_port *port); /* an eventfd; readable: take */
/* The owner's thread: all completed requests in order of completion, or NULL. Drains the fd. */
struct engine_request *engine_port_take(struct engine_port *port);
