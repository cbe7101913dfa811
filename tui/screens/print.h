/* From a screen to paper: hands text to the printer or the folder and says what became of it. */
#pragma once

#include "model/paper.h"
#include "screens/console.h"

/* Through the printer when there is one, else into a file. */
void print_text(struct console *console, const char *name, struct text text);
/* Both into files. */
void print_export(struct console *console, const char *name, struct text plain, struct text csv);
void print_receipt(struct console *console, const struct intent *intent);
/* Once a turn: tells when the printer is done. */
void print_turn(struct console *console);
