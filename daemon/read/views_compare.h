/* Holds a views.db against views folded afresh: for `verify`. The words of the owner search are
 * not compared: SQLite keeps no copy of them that could be read back. */
#pragma once

#include <stddef.h>

#include "read/projector.h"

enum views_compared {
    VIEWS_EQUAL,
    VIEWS_DIFFER,
    VIEWS_UNREADABLE,
    VIEWS_OF_ANOTHER_FORMAT, /* ours, to be built anew at the next start */
};

/* `fresh` has flushed nothing; it is folded on until it is at least as far as the file, which may
 * lag and may be written meanwhile, and is of no use but for closing it afterwards. A row of the
 * file must be what the journal says of the version it bears, and nothing up to the file's
 * checkpoint may be missing. Names the first difference. */
enum views_compared views_compare(struct projector *fresh, const char *path, char *finding,
                                  size_t size) MUST_USE;
