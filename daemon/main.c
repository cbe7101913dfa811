/* tellerd: the daemon and its tools. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "serve/serve.h"
#include "tools/tools.h"

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the name */
    const char *arguments, *help;
};

static int run_serve(int argc, char **argv)
{
    return serve_run(argc - 1, argv + 1);
}

static const struct subcommand subcommands[] = {
    {"serve", run_serve, "[options]", "run the bank in the foreground (the default)"},
    {"verify", tool_verify, "", "check the journal, the books and the views"},
    {"rebuild", tool_rebuild, "", "build the views anew from the journal"},
    {"backup", tool_backup, "DEST", "copy a running bank"},
    {"import", tool_import, "FILE", "load a bank's past"},
    {"export", tool_export, "[--format jsonl|hledger]", "write the events or a ledger"},
    {"keys", tool_keys, "create|list|revoke ...", "manage API keys"},
};
#define SUBCOMMAND_COUNT (sizeof subcommands / sizeof *subcommands)

static int print_usage(void)
{
    printf("usage: tellerd [serve] [options]\n");
    for (size_t i = 1; i < SUBCOMMAND_COUNT; i++)
        printf("       tellerd %s %s%s[--data DIR]\n", subcommands[i].name,
               subcommands[i].arguments, subcommands[i].arguments[0] == '\0' ? "" : " ");
    printf("\n");
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++)
        printf("  %-8s %s\n", subcommands[i].name, subcommands[i].help);
    printf("\n`tellerd serve --help` lists the options of the daemon.\n");
    return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

int main(int argc, char **argv)
{
    (void)umask(S_IRWXG | S_IRWXO); /* a bank's files are its owner's, whoever makes them */
    if (argc < 2)
        return serve_run(0, argv + argc);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_usage();
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return subcommands[i].run(argc - 1, argv + 1);
    }
    if (argv[1][0] == '-')
        return serve_run(argc - 1, argv + 1);
    fprintf(stderr, "tellerd: no subcommand %s; see tellerd --help\n", argv[1]);
    return EX_USAGE;
}
