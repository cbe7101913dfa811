/* Inside the room: gives the terminal back when the program crashes. */
#pragma once

#include <stdbool.h>

/* Before the terminal is changed: remembers its state. `screen`: ncurses draws on it, and its
 * modes have to be ended too. */
void rescue_arm(bool screen);
void rescue_disarm(void);
