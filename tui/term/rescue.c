#include "term/rescue.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>
#include <unistd.h>

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

static struct termios before;
static volatile sig_atomic_t armed, armed_screen;

/* Only what POSIX allows in a handler: write, tcsetattr, sigaction, raise. The sequence ends the
 * bracketed paste, the mouse, the colours, the keypad mode, shows the cursor and leaves the second
 * screen. */
static void give_back(int signal_number)
{
    static const char sequence[] =
        "\033[?2004l\033[?1006l\033[?1000l\033[0m\033[?1l\033>\033[?25h\033[?1049l\r\n";
    if (armed) {
        armed = 0;
        ssize_t written = armed_screen ? write(STDOUT_FILENO, sequence, sizeof sequence - 1) : 0;
        (void)written;
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    (void)raise(signal_number); /* SA_RESETHAND: the default takes it from here */
}

void rescue_arm(bool screen)
{
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return;
    }
    armed_screen = screen;
    armed = 1;
    struct sigaction action = {.sa_handler = give_back, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        (void)sigaction(crashes[i], &action, NULL);
    }
}

void rescue_disarm(void)
{
    armed = 0;
}
