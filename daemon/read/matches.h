/* The accounts of views.db that a search finds, in the order of their numbers.
 *
 * A word is found where it begins a word of the owner (the index of the file knows every beginning
 * of up to thirteen letters, so that what is typed is looked up and never gathered) or
 * where it begins the account's number, which is a range of numbers and needs no index. */
#pragma once

#include "read/search.h"
#include "read/views.h"

#define MATCHES_COUNTED (QUERY_TOTAL_MAX + 1) /* then nobody counts on */
#define MATCHES_ROOM ((size_t)3 * MATCHES_COUNTED)

struct matches {
    const uint64_t *accounts; /* in the views' room: good until the next call */
    size_t count;
    bool many; /* there are more than QUERY_TOTAL_MAX: these are the first `max` behind `after` */
};

/* All accounts of the file that match, or the first `max` (up to MATCHES_COUNTED) behind `after`
 * when they are too many or everything matches. False: reading failed, and that is logged. */
bool matches_find(struct views *views, const struct search *search, uint64_t after, size_t max,
                  struct matches *out) MUST_USE;
