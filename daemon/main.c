/* tellerd: the daemon and its tools. */
#include <stdbool.h>
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
    {"keys", tool_keys, "create --role ROLE --name NAME | list | revoke NAME", "manage API keys"},
};
#define SUBCOMMAND_COUNT (sizeof subcommands / sizeof *subcommands)

static void print_call(const struct subcommand *tool)
{
    printf("tellerd %s %s%s[--data DIR]\n", tool->name, tool->arguments,
           tool->arguments[0] == '\0' ? "" : " ");
}

static int print_usage(void)
{
    printf("usage: tellerd [serve] [options]\n");
    for (size_t i = 1; i < SUBCOMMAND_COUNT; i++) {
        printf("       ");
        print_call(&subcommands[i]);
    }
    printf("\n");
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++)
        printf("  %-8s %s\n", subcommands[i].name, subcommands[i].help);
    printf("\n`tellerd serve --help` lists the options of the daemon.\n");
    return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

/* A tool that is asked how it is used does nothing else, wherever it is asked. */
static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

static int run_subcommand(const struct subcommand *subcommand, int argc, char **argv)
{
    if (subcommand->run == run_serve || !asks_for_help(argc, argv))
        return subcommand->run(argc, argv);
    printf("usage: ");
    print_call(subcommand);
    printf("\n%s; --data DIR is the bank's folder. See tellerd(8).\n", subcommand->help);
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
            return run_subcommand(&subcommands[i], argc - 1, argv + 1);
    }
    if (argv[1][0] == '-')
        return serve_run(argc - 1, argv + 1);
    fprintf(stderr, "tellerd: no subcommand %s; see tellerd --help\n", argv[1]);
    return EX_USAGE;
}
