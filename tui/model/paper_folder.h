/* Paper as files of the folder the console was started in (else of the home folder), and as the
 * standard input of a command. */
#pragma once

#include "model/paper.h"

#define PAPER_PRINT_MS 60000 /* a command that takes longer is ended */

/* `printer` NULL: no command. `folder` NULL: where the console was started. Both must outlive the
 * paper. */
struct paper *paper_folder_open(const char *printer, const char *folder);
