#include "host/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "host/clock.h"

#define LOG_TEXT_MAX 2048 /* longer ones are cut */
/* Every byte may become four (\x1b), and the head is short. */
#define LOG_LINE_MAX (LOG_TEXT_MAX * 4 + 256)

static _Atomic int least_level = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&least_level, (int)level, memory_order_relaxed);
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG:
        return "debug";
    case LOG_INFO:
        return "info";
    case LOG_WARNING:
        return "warning";
    case LOG_ERROR:
        return "error";
    }
    return "error";
}

struct line {
    char data[LOG_LINE_MAX];
    size_t size;
};

static void line_char(struct line *line, char c)
{
    if (line->size < sizeof(line->data)) {
        line->data[line->size++] = c;
    }
}

static void line_text(struct line *line, const char *text)
{
    for (; *text != '\0'; text++) {
        line_char(line, *text);
    }
}

/* Control characters never reach the terminal or make a second line of the log. */
static void line_escaped(struct line *line, const char *data, size_t size, bool quoted)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c < 0x20 || c == 0x7f) {
            line_char(line, '\\');
            line_char(line, 'x');
            line_char(line, hex[c >> 4]);
            line_char(line, hex[c & 15]);
            continue;
        }
        if (quoted && (c == '"' || c == '\\')) {
            line_char(line, '\\');
        }
        line_char(line, (char)c);
    }
}

static bool begins_pair(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return size > 0 && text[size] == '=';
}

/* Where the key=value pairs begin behind the message; the text's end when there are none. */
static const char *pairs_of(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((at == text || at[-1] == ' ') && begins_pair(at)) {
            return at;
        }
    }
    return text + strlen(text);
}

static void line_write(const struct line *line)
{
    size_t done = 0;
    while (done < line->size) {
        ssize_t written = write(STDERR_FILENO, line->data + done, line->size - done);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return; /* nobody to tell */
        }
        done += (size_t)written;
    }
}

void log_line(enum log_level level, const char *room, const char *format, ...)
{
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) {
        return;
    }
    int saved_errno = errno;
    char text[LOG_TEXT_MAX];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (size < 0) {
        text[0] = '\0';
    }

    char time[TIME_TEXT_MAX];
    struct line line = {.size = 0};
    line_text(&line, "time=");
    line_text(&line, time_print(clock_system()->wall(clock_system()), time));
    line_text(&line, " level=");
    line_text(&line, level_name(level));
    line_text(&line, " room=");
    line_text(&line, room);
    line_text(&line, " message=\"");
    const char *pairs = pairs_of(text);
    size_t message_size = (size_t)(pairs - text);
    while (message_size > 0 && text[message_size - 1] == ' ') {
        message_size--;
    }
    line_escaped(&line, text, message_size, true);
    line_char(&line, '"');
    if (*pairs != '\0') {
        line_char(&line, ' ');
        line_escaped(&line, pairs, strlen(pairs), false);
    }
    line_char(&line, '\n');
    line_write(&line);
    errno = saved_errno;
}
