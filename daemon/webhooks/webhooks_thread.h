/* The courier on its thread: woken after commits, and by calls. */
#pragma once

#include <stdbool.h>

#include "base/check.h"
#include "webhooks/courier.h"

#define WEBHOOKS_CALLS_MAX 1024 /* waiting to be looked at */
#define WEBHOOKS_PAUSE_MS 5     /* between turns: so often at most does a commit wake it */

struct webhooks_thread;

/* Takes the courier, and works `sender` (the courier's). NULL: logged, and the courier closed. */
struct webhooks_thread *webhooks_thread_start(struct courier *courier,
                                              struct sender *sender) MUST_USE;
/* Answers what is open with unavailable and closes the courier. */
void webhooks_thread_stop(struct webhooks_thread **thread);

/* Any thread: the daemon is going away. Tests under way, and from here on all, are given up. */
void webhooks_drain(struct webhooks_thread *thread);
void webhooks_wake(struct webhooks_thread *thread); /* any thread; nearly always one atomic read */
/* Any thread. The call comes back through its `done`, called on the webhooks' thread. False: too
 * many wait, and it was not taken. */
bool webhooks_submit(struct webhooks_thread *thread, struct courier_call *call) MUST_USE;
