#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "past.h"
#include "rows.h"

#define EXIT_USAGE 64

static const char help[] =
    "usage: tellerbench [options]\n"
    "  Starts the real daemon and measures it beside the limits of this machine.\n\n"
    "  --daemon FILE    the tellerd to measure (default: the one beside this program)\n"
    "  --against FILE   another tellerd, measured in turn with it: rows against-...\n"
    "  --dir DIR        a folder on the disk to measure (default: that of the build)\n"
    "  --rounds N       how often (default 5)\n"
    "  --seconds S      of a measurement (default 2)\n"
    "  --rows A,B       only these rows; --list names them\n"
    "  --json FILE      all figures of all rounds\n"
    "  --big            1 000 000 accounts and 10 000 000 transfers, and the rows about them\n"
    "  --grown A,T      another size of the bank with a past: accounts, transfers\n"
    "  --lasting S      seconds of the load whose lag is watched, with --big (default 180)\n"
    "  --no-keys        commands without idempotency keys\n"
    "  --smoke          everything once, tiny: shows that the program works, measures nothing\n"
    "  --keep           leaves the folders\n";

static void list_rows(void)
{
    const char *last = "";
    for (size_t i = 0; i < row_count; i++) {
        if (strcmp(rows[i].name, last) != 0)
            printf("%s%s\n", rows[i].name,
                   rows[i].big       ? " (with --big)"
                   : rows[i].against ? " (with --against)"
                                     : "");
        last = rows[i].name;
    }
}

static bool named(const char *list, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, size) == 0 && (at[size] == ',' || at[size] == '\0'))
            return true;
    }
    return false;
}

static bool choose_rows(const struct bench *bench, struct options *options)
{
    bool any = false;
    CHECK(row_count <= OPTIONS_ROWS_MAX);
    for (size_t i = 0; i < row_count; i++) {
        options->wanted[i] = (!rows[i].big || bench->big) &&
                             (!rows[i].against || bench->other_program != NULL) &&
                             (options->rows == NULL || named(options->rows, rows[i].name));
        any = any || options->wanted[i];
    }
    if (!any)
        fprintf(stderr,
                "bench: no such row, or not without --big or --against: --list names them\n");
    return any;
}

/* BUILD/bin/tellerbench has its daemon beside it, and BUILD is on the disk to measure. */
static bool find_defaults(struct options *options)
{
    char own[800];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    if (size <= 0)
        return false;
    own[size] = '\0';
    char *slash = strrchr(own, '/');
    CHECK(slash != NULL);
    *slash = '\0';
    if (options->daemon[0] == '\0')
        (void)snprintf(options->daemon, sizeof options->daemon, "%s/tellerd", own);
    if (options->folder[0] == '\0')
        (void)snprintf(options->folder, sizeof options->folder, "%s/..", own);
    return true;
}

/* Everything once and in a moment, under sanitizers too. */
static void make_tiny(struct bench *bench)
{
    bench->smoke = bench->big = true;
    bench->rounds = 1;
    bench->seconds = 0.1;
    bench->lasting_s = 1;
    bench->accounts = 100;
    bench->clients = 4;
    bench->window = 16;
    bench->batch = 20;
    bench->queries = 20;
    bench->scale = (struct scale){.accounts = 200, .transfers = 2000, .busy_deposits = 300};
}

static bool copy(char *out, size_t size, const char *text)
{
    return (size_t)snprintf(out, size, "%s", text) < size;
}

static bool positive(const char *text, double most, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && *out > 0 && *out <= most;
}

/* "1000000,10000000" */
static bool parse_scale(const char *text, struct scale *out)
{
    unsigned long long accounts, transfers;
    char rest;
    if (sscanf(text, "%llu,%llu%c", &accounts, &transfers, &rest) != 2 || accounts < 4 ||
        accounts > 100000000 || transfers < 100 || transfers > 1000000000)
        return false;
    *out = (struct scale){(size_t)accounts, transfers, transfers / 20 + PAST_DEPOSITS};
    return true;
}

enum { SHORT_HELP = 'h', LONG_FIRST = 256 };
enum long_option {
    OPTION_DAEMON = LONG_FIRST,
    OPTION_AGAINST,
    OPTION_DIR,
    OPTION_ROUNDS,
    OPTION_SECONDS,
    OPTION_ROWS,
    OPTION_JSON,
    OPTION_BIG,
    OPTION_GROWN,
    OPTION_LASTING,
    OPTION_NO_KEYS,
    OPTION_SMOKE,
    OPTION_KEEP,
    OPTION_LIST,
};

static const struct option known[] = {
    {"daemon", required_argument, NULL, OPTION_DAEMON},
    {"against", required_argument, NULL, OPTION_AGAINST},
    {"dir", required_argument, NULL, OPTION_DIR},
    {"rounds", required_argument, NULL, OPTION_ROUNDS},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"rows", required_argument, NULL, OPTION_ROWS},
    {"json", required_argument, NULL, OPTION_JSON},
    {"big", no_argument, NULL, OPTION_BIG},
    {"grown", required_argument, NULL, OPTION_GROWN},
    {"lasting", required_argument, NULL, OPTION_LASTING},
    {"no-keys", no_argument, NULL, OPTION_NO_KEYS},
    {"smoke", no_argument, NULL, OPTION_SMOKE},
    {"keep", no_argument, NULL, OPTION_KEEP},
    {"list", no_argument, NULL, OPTION_LIST},
    {"help", no_argument, NULL, SHORT_HELP},
    {NULL, 0, NULL, 0},
};

/* Those with a value. False: no such option, or no such value. */
static bool take_value(int option, struct bench *bench, struct options *options)
{
    double number = 0;
    switch (option) {
    case OPTION_DAEMON:
        return copy(options->daemon, sizeof options->daemon, optarg);
    case OPTION_AGAINST:
        bench->other_program = optarg;
        return true;
    case OPTION_DIR:
        return copy(options->folder, sizeof options->folder, optarg);
    case OPTION_ROUNDS:
        if (!positive(optarg, SERIES_MAX, &number) || number < 1)
            return false;
        bench->rounds = (unsigned)number;
        return true;
    case OPTION_SECONDS:
        return positive(optarg, 3600, &bench->seconds);
    case OPTION_LASTING:
        if (!positive(optarg, 86400, &number))
            return false;
        bench->lasting_s = (unsigned)number + 1;
        return true;
    case OPTION_ROWS:
        options->rows = optarg;
        return true;
    case OPTION_JSON:
        options->json = optarg;
        return true;
    case OPTION_GROWN:
        return parse_scale(optarg, &bench->scale);
    default:
        return false;
    }
}

static bool take(int option, struct bench *bench, struct options *options)
{
    switch (option) {
    case OPTION_BIG:
        bench->big = true;
        return parse_scale("1000000,10000000", &bench->scale);
    case OPTION_NO_KEYS:
        bench->keyed = false;
        return true;
    case OPTION_SMOKE:
        make_tiny(bench);
        return true;
    case OPTION_KEEP:
        bench->keep = true;
        return true;
    case OPTION_LIST:
        list_rows();
        options->done = true;
        return true;
    case SHORT_HELP:
        printf("%s", help);
        options->done = true;
        return true;
    default:
        return take_value(option, bench, options);
    }
}

int options_read(int argc, char **argv, struct bench *bench, struct options *options)
{
    for (int option; (option = getopt_long(argc, argv, "h", known, NULL)) != -1;) {
        if (!take(option, bench, options)) {
            fprintf(stderr, "bench: --help tells what may be asked\n");
            return EXIT_USAGE;
        }
    }
    if (options->done)
        return 0;
    if (optind < argc) {
        fprintf(stderr, "bench: %s? --help tells what may be asked\n", argv[optind]);
        return EXIT_USAGE;
    }
    if (!find_defaults(options))
        return EXIT_USAGE;
    if (bench->smoke && bench->other_program == NULL)
        bench->other_program = options->daemon;
    return choose_rows(bench, options) ? 0 : EXIT_USAGE;
}
