/* From a screen to paper: hands text to the printer or the folder and says what became of it. */
#pragma once

#include "model/paper.h"
#include "screens/console.h"

/* Through the printer when there is one, else into a file. Both say false when it cannot be done;
 * a printer that has begun tells later, in print_turn. */
bool print_text(struct console *console, const char *name, struct text text);
bool print_receipt(struct console *console, const struct intent *intent);
/* As text, printed; `files`: with the CSV, into files. */
bool print_statement(struct console *console, const struct paper_statement *statement, bool files);
/* Once a turn: tells when the printer is done. */
void print_turn(struct console *console);
