/* Metrics in Prometheus' text format. The table is fixed at compile time; counting is one atomic
 * add. Any thread. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"

/* X(name, "counter"|"gauge", "help") ; the wire name is teller_<name> */
#define METRIC_TABLE(X)                                                                            \
    X(commands_accepted_total, "counter", "Commands accepted and on disk.")                        \
    X(commands_refused_total, "counter", "Commands refused by the bank.")                          \
    X(commands_replayed_total, "counter", "Repeats answered with the first outcome.")              \
    X(commits_total, "counter", "Batches committed to the journal.")                               \
    X(commit_failures_total, "counter", "Commits that failed or whose outcome was unknown.")       \
    X(journal_record, "gauge", "Number of the last record on disk.")                               \
    X(journal_position, "gauge", "Position of the last event on disk.")                            \
    X(projector_record, "gauge", "Number of the last record folded.")                              \
    X(projector_flushed_record, "gauge", "Number of the record views.db has caught up with.")      \
    X(projector_dirty_rows, "gauge", "Accounts whose rows wait to be flushed.")                    \
    X(queue_commands, "gauge", "Commands waiting for the engine.")                                 \
    X(queries_total, "counter", "Queries answered.")                                               \
    X(rest_requests_total, "counter", "Requests over REST.")                                       \
    X(rest_connections, "gauge", "Open REST connections.")                                         \
    X(rest_late_total, "counter", "REST connections closed for taking too long over a step.")      \
    X(rest_evicted_total, "counter", "REST connections closed to let another one in.")             \
    X(zmq_requests_total, "counter", "Requests over ZeroMQ.")                                      \
    X(zmq_bad_messages_total, "counter", "ZeroMQ messages that were no sound request.")            \
    X(zmq_replies_dropped_total, "counter", "Replies lost because a ZeroMQ peer did not read.")    \
    X(webhook_deliveries_total, "counter", "Webhook deliveries that succeeded.")                   \
    X(webhook_failures_total, "counter", "Attempts at webhook deliveries that failed.")            \
    X(webhook_waiting, "gauge", "Webhook deliveries in hand that are not made yet.")               \
    X(webhook_dead, "gauge", "Webhook deliveries given up and kept for a retry.")                  \
    X(webhook_endpoints, "gauge", "Webhook endpoints.")                                            \
    X(webhook_endpoints_disabled, "gauge", "Webhook endpoints that are switched off.")             \
    X(snapshots_total, "counter", "Engine snapshots finished.")                                    \
    X(pin_checks_total, "counter", "PINs held against a hash.")                                    \
    X(pin_refusals_total, "counter", "PINs that were wrong or locked.")                            \
    X(sessions, "gauge", "Sessions of customers, some of them perhaps silent for too long.")

#define METRIC_ENUM(name, kind, help) METRIC_##name,
enum metric { METRIC_TABLE(METRIC_ENUM) METRIC_COUNT };
#undef METRIC_ENUM

void metric_add(enum metric metric, uint64_t n);
void metric_sub(enum metric metric, uint64_t n);
void metric_set(enum metric metric, uint64_t value);
uint64_t metric_get(enum metric metric);
void metrics_print(struct bytes *out);
