/* The subcommands of tellerd beside `serve`. Each gets its own name as argv[0], runs on the main
 * thread to its end and returns an exit code of sysexits.h. */
#pragma once

int tool_verify(int argc, char **argv);
int tool_rebuild(int argc, char **argv);
int tool_backup(int argc, char **argv);
int tool_import(int argc, char **argv);
int tool_export(int argc, char **argv);
int tool_keys(int argc, char **argv);
