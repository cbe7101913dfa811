/* Inside the room: gives the terminal back when the program crashes. */
#pragma once

void rescue_arm(void); /* before ncurses starts: remembers the terminal's state */
void rescue_disarm(void);
