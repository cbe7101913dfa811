/* Threads as the daemon starts them: named, deaf to signals (those come to one descriptor, see
 * serve), and taking turns.
 *
 * Taking turns: on Linux a thread that wakes up may take the processor from the one that woke it.
 * Here every wake is news for somebody further down the line - door, engine, disk, door, socket -
 * who had better find the whole turn's news than its first piece. So threads of the daemon are of
 * the policy SCHED_BATCH, whose wakes wait for a free processor or for the end of the turn
 * (sched(7)). */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "base/check.h"

/* `name` is for people who look (top -H, gdb): at most 15 characters. False: there is no room for
 * another thread. */
bool thread_start(pthread_t *out, const char *name, void *(*run)(void *context),
                  void *context) MUST_USE;

/* The calling thread and those it starts, libraries' too, take turns from here on. */
void thread_take_turns(void);
