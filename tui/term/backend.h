/* Inside the room: what a terminal does, behind term.h. */
#pragma once

#include "term/term.h"

struct term_backend {
    bool (*read)(struct term *term, struct term_key *out);
    void (*flush)(struct term *term);
    void (*title)(struct term *term, const char *title);
    void (*mouse)(struct term *term, bool on);
    void (*copy)(struct term *term, struct text text); /* at most TERM_COPY_MAX */
    void (*close)(struct term *term);
};

struct term {
    const struct term_backend *backend;
    struct surface surface;
    int fd;
    bool redraw;
};
