/* What stands around every screen: the bar above, message line and key hints below. */
#pragma once

#include "screens/console.h"

/* Draws the frame and returns the area that is left for the screens. */
struct area frame_draw(struct console *console, struct area whole);
/* The message line, after the screens: a long one covers the last of their rows. */
void frame_message(struct console *console, struct area whole);
