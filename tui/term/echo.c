#include "term/echo.h"

#include <termios.h>
#include <unistd.h>

#include "term/rescue.h"

static struct termios before;
static bool is_hidden;

void echo_hide(bool hidden)
{
    if (hidden == is_hidden) {
        return;
    }
    if (!hidden) {
        /* What was typed unseen and not read is thrown away: it would be shown, or run. */
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        rescue_disarm();
        is_hidden = false;
        return;
    }
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return;
    }
    struct termios quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    quiet.c_lflag |= ECHONL;
    quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
    rescue_arm(false);
    is_hidden = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    if (!is_hidden) {
        rescue_disarm();
    }
}
