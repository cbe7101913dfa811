#include "term/term.h"

#include <stdlib.h>

#include "term/backend.h"

void term_close(struct term **term)
{
    if (*term == NULL) {
        return;
    }
    struct surface surface = (*term)->surface;
    (*term)->backend->close(*term); /* frees the term */
    surface_close(&surface);
    *term = NULL;
}

struct surface *term_surface(struct term *term)
{
    return &term->surface;
}

int term_fd(const struct term *term)
{
    return term->fd;
}

bool term_read(struct term *term, struct term_key *out)
{
    return term->backend->read(term, out);
}

void term_flush(struct term *term)
{
    term->backend->flush(term);
    term->redraw = false;
}

void term_redraw(struct term *term)
{
    term->redraw = true;
}

void term_title(struct term *term, const char *title)
{
    term->backend->title(term, title);
}

void term_mouse(struct term *term, bool on)
{
    term->backend->mouse(term, on);
}

bool term_copy(struct term *term, struct text text)
{
    if (text.size > TERM_COPY_MAX) {
        return false;
    }
    term->backend->copy(term, text);
    return true;
}
