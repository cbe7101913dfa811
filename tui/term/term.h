/* The terminal: the only place that knows ncurses. Everything is drawn into the surface;
 * term_flush brings it to the backend. Two backends: ncurses, and a grid in memory whose keys
 * come from a script. One thread; only one ncurses terminal a process. */
#pragma once

#include <stdbool.h>

#include "term/keys.h"
#include "term/surface.h"

#define TERM_ROWS_MIN 10
#define TERM_COLUMNS_MIN 40

struct term;

/* Mono uses no colour at all, as NO_COLOR asks too; high contrast nothing faint or dark. */
enum term_theme { TERM_THEME_DEFAULT, TERM_THEME_HIGH_CONTRAST, TERM_THEME_MONO };

struct term_config {
    bool ascii; /* even where the locale has UTF-8 */
    enum term_theme theme;
};

/* NULL: `why` says what is missing. From here on until term_close the terminal is ours; it is
 * given back on a crash too. */
struct term *term_open(const struct term_config *config, char why[128]) MUST_USE;
struct term *term_open_grid(int rows, int columns, bool ascii) MUST_USE;
void term_close(struct term **term);

struct surface *term_surface(struct term *term);
int term_fd(const struct term *term); /* readable: term_read may have a key; -1 for a grid */
/* The next key, without waiting. A resize is a key; the surface has its new size then. */
bool term_read(struct term *term, struct term_key *out) MUST_USE;
void term_flush(struct term *term);
void term_redraw(struct term *term); /* the next flush repaints everything */
void term_title(struct term *term, const char *title);
/* Clicks and the wheel come as keys from here on, or no longer; off until then. */
void term_mouse(struct term *term, bool on);
/* Puts the text into the clipboard of whoever sits at the terminal (OSC 52). False: longer than
 * TERM_COPY_MAX, and nothing is sent. */
#define TERM_COPY_MAX 4096
bool term_copy(struct term *term, struct text text) MUST_USE;

/* For scripts, on a grid only. */
#define TERM_GRID_KEYS_MAX 4096
void term_grid_key(struct term *term, struct term_key key);
void term_grid_resize(struct term *term, int rows, int columns);
bool term_grid_mouse(const struct term *term);
struct text term_grid_copied(const struct term *term); /* what term_copy was given last */
