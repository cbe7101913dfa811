#include <stdlib.h>
#include <string.h>

#include "term/backend.h"

struct grid {
    struct term term; /* first */
    struct term_key keys[TERM_GRID_KEYS_MAX];
    size_t first, count;
    bool mouse;
    char copied[TERM_COPY_MAX];
    size_t copied_size;
};

static struct grid *grid_of(struct term *term)
{
    return (struct grid *)term;
}

static bool grid_read(struct term *term, struct term_key *out)
{
    struct grid *grid = grid_of(term);
    if (grid->count == 0) {
        return false;
    }
    *out = grid->keys[grid->first];
    grid->first = (grid->first + 1) % TERM_GRID_KEYS_MAX;
    grid->count--;
    return true;
}

static void grid_flush(struct term *term)
{
    (void)term; /* the surface is the screen */
}

static void grid_title(struct term *term, const char *title)
{
    (void)term;
    (void)title;
}

static void grid_mouse(struct term *term, bool on)
{
    grid_of(term)->mouse = on;
}

static void grid_copy(struct term *term, struct text text)
{
    struct grid *grid = grid_of(term);
    if (text.size > 0) {
        memcpy(grid->copied, text.data, text.size);
    }
    grid->copied_size = text.size;
}

static void grid_close(struct term *term)
{
    free(grid_of(term));
}

static const struct term_backend grid_backend = {
    .read = grid_read,
    .flush = grid_flush,
    .title = grid_title,
    .mouse = grid_mouse,
    .copy = grid_copy,
    .close = grid_close,
};

struct term *term_open_grid(int rows, int columns, bool ascii)
{
    struct grid *grid = calloc(1, sizeof *grid);
    CHECK(grid != NULL);
    grid->term.backend = &grid_backend;
    grid->term.fd = -1;
    surface_init(&grid->term.surface, rows, columns, ascii);
    return &grid->term;
}

void term_grid_key(struct term *term, struct term_key key)
{
    struct grid *grid = grid_of(term);
    CHECK(term->backend == &grid_backend && grid->count < TERM_GRID_KEYS_MAX);
    grid->keys[(grid->first + grid->count) % TERM_GRID_KEYS_MAX] = key;
    grid->count++;
}

void term_grid_resize(struct term *term, int rows, int columns)
{
    CHECK(term->backend == &grid_backend);
    surface_resize(&term->surface, rows, columns);
    term_grid_key(term, (struct term_key){.code = TERM_RESIZE});
}

bool term_grid_mouse(const struct term *term)
{
    CHECK(term->backend == &grid_backend);
    return ((const struct grid *)term)->mouse;
}

struct text term_grid_copied(const struct term *term)
{
    CHECK(term->backend == &grid_backend);
    const struct grid *grid = (const struct grid *)term;
    return (struct text){grid->copied, grid->copied_size};
}
