#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <ncurses.h>

#include "base/utf8.h"
#include "term/backend.h"
#include "term/clipboard.h"
#include "term/rescue.h"

#define PASTE_PAUSE_MAX_MS 1000

enum { CODE_PASTE_BEGIN = KEY_MAX + 1, CODE_PASTE_END };

struct curses {
    struct term term; /* first */
    SCREEN *screen;
    bool pasting;    /* between the marks of a bracketed paste */
    bool paste_tail; /* behind its end, in the same burst: a paste may hold the end mark itself */
    int64_t read_ms; /* when the last key was read */
    bool ascii_keys; /* the locale has no letters beyond ASCII: what comes is not what was typed */
    enum term_theme theme; /* mono: no colours */
};

static struct curses *curses_of(struct term *term)
{
    return (struct curses *)term;
}

static void say(const char *sequence)
{
    (void)fflush(stdout);
    (void)fputs(sequence, stdout);
    (void)fflush(stdout);
}

static int32_t special(wint_t code)
{
    static const struct {
        int curses;
        int32_t ours;
    } map[] = {
        {KEY_UP, TERM_UP},
        {KEY_DOWN, TERM_DOWN},
        {KEY_LEFT, TERM_LEFT},
        {KEY_RIGHT, TERM_RIGHT},
        {KEY_HOME, TERM_HOME},
        {KEY_END, TERM_END},
        {KEY_PPAGE, TERM_PAGE_UP},
        {KEY_NPAGE, TERM_PAGE_DOWN},
        {KEY_DC, TERM_DELETE},
        {KEY_IC, TERM_INSERT},
        {KEY_BTAB, TERM_BACKTAB},
        {KEY_ENTER, TERM_ENTER},
        {KEY_BACKSPACE, TERM_BACKSPACE},
        {KEY_RESIZE, TERM_RESIZE},
    };
    for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
        if ((int)code == map[i].curses) {
            return map[i].ours;
        }
    }
    if ((int)code > KEY_F(0) && (int)code <= KEY_F(12)) {
        return TERM_F0 + ((int32_t)code - KEY_F(0));
    }
    return TERM_NONE;
}

static int32_t ordinary(wint_t code)
{
    switch (code) {
    case '\r':
    case '\n':
        return TERM_ENTER;
    case '\t':
        return TERM_TAB;
    case '\b':
    case 0x7f:
        return TERM_BACKSPACE;
    case 0x1b:
        return TERM_ESCAPE;
    default:
        return code < 0x20 || (code <= 0x10ffff && term_key_is_character((int32_t)code))
                   ? (int32_t)code
                   : TERM_NONE;
    }
}

static int64_t steady_ms(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A paste whose end mark got lost must not turn every key into pasted text for ever. */
static void watch_paste(struct curses *curses)
{
    int64_t now_ms = steady_ms();
    if (now_ms - curses->read_ms > PASTE_PAUSE_MAX_MS) {
        curses->pasting = false;
    }
    curses->read_ms = now_ms;
}

/* The buttons that mean something; every other news of the mouse is no key. */
static bool take_mouse(struct term_key *out)
{
    MEVENT event;
    *out = (struct term_key){.code = TERM_NONE};
    if (getmouse(&event) != OK) {
        return false;
    }
    if ((event.bstate & BUTTON4_PRESSED) != 0) {
        out->code = TERM_WHEEL_UP;
    } else if ((event.bstate & BUTTON5_PRESSED) != 0) {
        out->code = TERM_WHEEL_DOWN;
    } else if ((event.bstate & BUTTON1_PRESSED) != 0) {
        out->code = TERM_CLICK;
        out->row = (int16_t)event.y;
        out->column = (int16_t)event.x;
    }
    return out->code != TERM_NONE;
}

/* True when the key was a mark, and no key. */
static bool take_mark(struct curses *curses, int kind, wint_t code)
{
    if (kind != KEY_CODE_YES || (code != CODE_PASTE_BEGIN && code != CODE_PASTE_END)) {
        return false;
    }
    curses->pasting = code == CODE_PASTE_BEGIN;
    curses->paste_tail = true;
    return true;
}

static void take_size(struct term *term)
{
    int rows = 0;
    int columns = 0;
    getmaxyx(stdscr, rows, columns);
    surface_resize(&term->surface, rows, columns);
    term->redraw = true;
}

static bool curses_read(struct term *term, struct term_key *out)
{
    struct curses *curses = curses_of(term);
    for (;;) {
        wint_t code = 0;
        int kind = get_wch(&code);
        if (kind == ERR) {
            curses->paste_tail = false;
            return false;
        }
        watch_paste(curses);
        if (take_mark(curses, kind, code) ||
            (kind != KEY_CODE_YES && code > 0x7e && code != 0x7f && curses->ascii_keys)) {
            continue;
        }
        if (kind == KEY_CODE_YES && code == KEY_MOUSE) {
            if (take_mouse(out)) {
                return true;
            }
            continue;
        }
        int32_t ours = kind == KEY_CODE_YES ? special(code) : ordinary(code);
        if (ours == TERM_RESIZE) {
            take_size(term);
            *out = (struct term_key){.code = ours};
            return true;
        }
        if (ours != TERM_NONE) {
            *out = (struct term_key){.code = ours, .pasted = curses->pasting || curses->paste_tail};
            return true;
        }
    }
}

struct look {
    attr_t attributes;
    short pair;
};

/* Colour only says again what a sign, a word or the place says already. */
static const struct look looks[][STYLE_COUNT] = {
    [TERM_THEME_DEFAULT] = {[STYLE_PLAIN] = {A_NORMAL, 0},
                            [STYLE_DIM] = {A_DIM, 0},
                            [STYLE_STRONG] = {A_BOLD, 0},
                            [STYLE_BAR] = {A_BOLD, 4},
                            [STYLE_SELECTED] = {A_REVERSE, 0},
                            [STYLE_FIELD] = {A_UNDERLINE, 0},
                            [STYLE_GOOD] = {A_NORMAL, 1},
                            [STYLE_BAD] = {A_NORMAL, 2},
                            [STYLE_WARN] = {A_NORMAL, 3},
                            [STYLE_ALARM] = {A_BOLD, 5}},
    [TERM_THEME_HIGH_CONTRAST] = {[STYLE_PLAIN] = {A_NORMAL, 6},
                                  [STYLE_DIM] = {A_NORMAL, 6},
                                  [STYLE_STRONG] = {A_BOLD, 6},
                                  [STYLE_BAR] = {A_BOLD | A_REVERSE, 6},
                                  [STYLE_SELECTED] = {A_BOLD | A_REVERSE, 6},
                                  [STYLE_FIELD] = {A_BOLD | A_UNDERLINE, 6},
                                  [STYLE_GOOD] = {A_BOLD, 1},
                                  [STYLE_BAD] = {A_BOLD, 2},
                                  [STYLE_WARN] = {A_BOLD, 3},
                                  [STYLE_ALARM] = {A_BOLD, 5}},
    [TERM_THEME_MONO] = {[STYLE_PLAIN] = {A_NORMAL, 0},
                         [STYLE_DIM] = {A_NORMAL, 0},
                         [STYLE_STRONG] = {A_BOLD, 0},
                         [STYLE_BAR] = {A_REVERSE, 0},
                         [STYLE_SELECTED] = {A_REVERSE, 0},
                         [STYLE_FIELD] = {A_UNDERLINE, 0},
                         [STYLE_GOOD] = {A_BOLD, 0},
                         [STYLE_BAD] = {A_BOLD, 0},
                         [STYLE_WARN] = {A_BOLD, 0},
                         [STYLE_ALARM] = {A_REVERSE | A_BOLD, 0}},
};

/* What ncurses would give another width than the surface reckons with would shift all that stands
 * to its right: a question mark takes its place. */
static bool same_width(const wchar_t *wide, size_t count, int columns)
{
    int total = 0;
    for (size_t i = 0; i < count; i++) {
        int width = wcwidth(wide[i]);
        if (width < 0 || (i > 0 && width != 0)) {
            return false;
        }
        total += width;
    }
    return total == columns;
}

static void paint_cell(const struct curses *curses, int row, int column, const struct cell *cell)
{
    CHECK(cell->style < STYLE_COUNT);
    attr_t look = looks[curses->theme][cell->style].attributes;
    short pair = looks[curses->theme][cell->style].pair;
    wchar_t wide[CCHARW_MAX + 1];
    size_t count = 0;
    struct text text = {cell->text, cell->size};
    for (size_t at = 0; at < text.size && count < CCHARW_MAX;) {
        int32_t code = utf8_next(text, &at);
        CHECK(code >= 0);
        wide[count++] = (wchar_t)code;
    }
    wide[count] = L'\0';
    if (count == 0 || !same_width(wide, count, cell->columns)) {
        wide[0] = L'?';
        wide[1] = L'\0';
        if (cell->columns == 2) {
            cchar_t gap;
            (void)setcchar(&gap, L" ", look, pair, NULL);
            (void)mvadd_wch(row, column + 1, &gap);
        }
    }
    cchar_t cchar;
    (void)setcchar(&cchar, wide, look, pair, NULL);
    (void)mvadd_wch(row, column, &cchar); /* ERR in the last corner, although it is drawn */
}

static void curses_flush(struct term *term)
{
    const struct surface *surface = &term->surface;
    if (term->redraw) {
        (void)clearok(curscr, TRUE);
        (void)erase();
    }
    for (int row = 0; row < surface->rows; row++) {
        for (int column = 0; column < surface->columns; column++) {
            const struct cell *cell = surface_cell(surface, row, column);
            if (cell->columns > 0) {
                paint_cell(curses_of(term), row, column, cell);
            }
        }
    }
    if (surface->cursor_on) {
        (void)move(surface->cursor_row, surface->cursor_column);
    }
    (void)curs_set(surface->cursor_on ? 1 : 0);
    (void)refresh();
}

static void curses_title(struct term *term, const char *title)
{
    (void)term;
    char sequence[128];
    (void)snprintf(sequence, sizeof sequence, "\033]2;%s\033\\", title);
    say(sequence);
}

/* No interval: a press is a click at once, and nothing is held back to see whether it is two. */
static void curses_mouse(struct term *term, bool on)
{
    (void)term;
    (void)mouseinterval(0);
    (void)mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

static void curses_copy(struct term *term, struct text text)
{
    (void)term;
    char sequence[CLIPBOARD_SEQUENCE_MAX];
    say(clipboard_sequence(text, sequence));
}

static void curses_close(struct term *term)
{
    struct curses *curses = curses_of(term);
    say("\033[?2004l");
    (void)mousemask(0, NULL);
    (void)endwin();
    rescue_disarm();
    delscreen(curses->screen);
    free(curses);
}

static const struct term_backend curses_backend = {
    .read = curses_read,
    .flush = curses_flush,
    .title = curses_title,
    .mouse = curses_mouse,
    .copy = curses_copy,
    .close = curses_close,
};

static bool start_pairs(enum term_theme theme)
{
    (void)use_default_colors();
    short back = -1;
    if (theme == TERM_THEME_HIGH_CONTRAST) {
        back = COLOR_BLACK;
        (void)assume_default_colors(COLOR_WHITE, COLOR_BLACK);
    }
    return init_pair(1, COLOR_GREEN, back) != ERR && init_pair(2, COLOR_RED, back) != ERR &&
           init_pair(3, COLOR_YELLOW, back) != ERR &&
           init_pair(4, COLOR_WHITE, COLOR_BLUE) != ERR &&
           init_pair(5, COLOR_WHITE, COLOR_RED) != ERR && init_pair(6, COLOR_WHITE, back) != ERR;
}

/* Without colours start_color is not called at all, so that ncurses sends no colour sequence. */
static enum term_theme start_colors(const struct term_config *config)
{
    const char *wish = getenv("NO_COLOR");
    if (config->theme == TERM_THEME_MONO || (wish != NULL && wish[0] != '\0') || !has_colors() ||
        start_color() == ERR || !start_pairs(config->theme)) {
        return TERM_THEME_MONO;
    }
    return config->theme;
}

struct term *term_open(const struct term_config *config, char why[128])
{
    struct curses *curses = calloc(1, sizeof *curses);
    CHECK(curses != NULL);
    rescue_arm(true); /* before ncurses, which keeps handlers that it finds */
    curses->screen = newterm(NULL, stdout, stdin);
    if (curses->screen == NULL) {
        rescue_disarm();
        (void)snprintf(why, 128, "this terminal (TERM=%s) is not one ncurses knows",
                       getenv("TERM") != NULL ? getenv("TERM") : "");
        free(curses);
        return NULL;
    }
    if (tigetstr((NCURSES_CONST char *)"cup") == NULL) {
        (void)endwin();
        rescue_disarm();
        delscreen(curses->screen);
        (void)snprintf(why, 128, "this terminal (TERM=%s) cannot move its cursor", getenv("TERM"));
        free(curses);
        return NULL;
    }
    (void)set_escdelay(25);
    (void)raw(); /* ^C, ^Q and ^Z are keys like others: none may end a posting by accident */
    (void)noecho();
    (void)nonl();
    (void)intrflush(stdscr, FALSE);
    (void)keypad(stdscr, TRUE);
    (void)nodelay(stdscr, TRUE);
    (void)define_key("\033[200~", CODE_PASTE_BEGIN);
    (void)define_key("\033[201~", CODE_PASTE_END);
    curses->theme = start_colors(config);
    say("\033[?2004h");
    curses->term.backend = &curses_backend;
    curses->term.fd = STDIN_FILENO;
    const char *codeset = nl_langinfo(CODESET);
    bool ascii = config->ascii || strcmp(codeset, "UTF-8") != 0;
    curses->ascii_keys = strcmp(codeset, "ANSI_X3.4-1968") == 0;
    surface_init(&curses->term.surface, LINES, COLS, ascii);
    curses->term.redraw = true;
    return &curses->term;
}
