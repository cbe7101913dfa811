/* Inside the room: the sequence that puts a text into the terminal's clipboard. */
#pragma once

#include "base/text.h"
#include "term/term.h"

#define CLIPBOARD_SEQUENCE_MAX (16 + (TERM_COPY_MAX + 2) / 3 * 4)

/* At most TERM_COPY_MAX bytes; nothing of the text reaches the terminal but as base64. */
const char *clipboard_sequence(struct text text, char out[CLIPBOARD_SEQUENCE_MAX]);
