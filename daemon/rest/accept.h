/* The small grammars of HTTP header values: Accept, Content-Type, If-None-Match,
 * Idempotency-Key. Pure functions over texts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"

enum media { MEDIA_JSON, MEDIA_PLAIN, MEDIA_CSV, MEDIA_COUNT };

/* How much each media type is wanted, in thousandths, and how exactly it was named so far. */
struct accept {
    bool given;
    int quality[MEDIA_COUNT];
    int exactness[MEDIA_COUNT];
};

void accept_add(struct accept *accept,
                struct text value); /* one Accept header; there may be more */
bool accept_wants(const struct accept *accept, enum media media);
/* The best of the first `count` media; ties go to the earlier. False: none is wanted. */
bool accept_best(const struct accept *accept, unsigned count, enum media *out) MUST_USE;

/* application/json, with no charset or with UTF-8. */
bool accept_is_json(struct text content_type);

/* Does `If-None-Match: value` hold the entity tag "<version>" (weak comparison), or a star? */
bool accept_none_match(struct text value, uint64_t version);

/* An idempotency key as it stands or as a quoted string (RFC 8941): 1 ... 255 printable ASCII
 * characters. False: it is none. */
bool accept_key(struct text value, struct arena *arena, struct text *out) MUST_USE;

struct text accept_trim(struct text text);              /* spaces and tabs at either end */
bool accept_equal(struct text text, const char *lower); /* ASCII, case ignored */
