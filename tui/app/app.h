/* The program: puts the rooms together and runs the one loop. */
#pragma once

int app_run(int count, char **arguments); /* an exit code of sysexits.h */
