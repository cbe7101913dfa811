/* `tellerd serve`: puts the rooms together and keeps them running until a signal asks to stop. */
#pragma once

/* What follows `serve`. Returns an exit code of sysexits.h: EX_USAGE and EX_CONFIG for what was
 * asked, EX_CANTCREAT for a folder that cannot be had, EX_TEMPFAIL when a daemon or tool has it,
 * EX_DATAERR for a newer format or damage, EX_IOERR when the disk fails, EX_UNAVAILABLE when an
 * address cannot be had. */
int serve_run(int argc, char **argv);
