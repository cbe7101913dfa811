#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"

struct figure_name {
    const char *name, *unit;
};
#define FIGURE_NAME(figure, name, unit) {name, unit},
static const struct figure_name names[] = {FIGURE_TABLE(FIGURE_NAME)};
#undef FIGURE_NAME

const char *figure_name(enum figure figure)
{
    return names[figure].name;
}

const char *figure_unit(enum figure figure)
{
    return names[figure].unit;
}

#define NUMBER_MAX 32

/* 1 234 567, or with decimals when it is small. */
static const char *number(double value, char out[NUMBER_MAX])
{
    char plain[NUMBER_MAX];
    size_t used = 0;
    if (value < 100) {
        (void)snprintf(out, NUMBER_MAX, value < 10 ? "%.2f" : "%.1f", value);
        return out;
    }
    int size = snprintf(plain, sizeof plain, "%.0f", value);
    for (int i = 0; i < size && used + 2 < NUMBER_MAX; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            out[used++] = ' ';
        out[used++] = plain[i];
    }
    out[used] = '\0';
    return out;
}

/* What a goal holds the row against: the shares of the rounds, or the figure itself. */
static bool shares(const struct bench *bench, const struct row *row, const struct goal *goal,
                   struct series *out)
{
    const struct series *of = &bench->figures[row->figure];
    const struct series *over = &bench->figures[goal->over];
    *out = (struct series){0};
    if (of->count == 0 || (goal->over != FIGURE_NONE && over->count == 0))
        return false;
    if (goal->over == FIGURE_NONE)
        *out = *of;
    else if (of->count == over->count)
        for (size_t i = 0; i < of->count; i++)
            series_add(out, of->values[i] / over->values[i]);
    else
        series_add(out, series_median(of) / series_median(over));
    return true;
}

static bool met(const struct goal *goal, double value)
{
    return goal->way == GOAL_AT_LEAST ? value >= goal->bound : value <= goal->bound;
}

static void print_goal(const struct bench *bench, const struct row *row, const struct goal *goal)
{
    char text[96], bound[NUMBER_MAX], value[NUMBER_MAX];
    struct series share;
    const char *sign = goal->way == GOAL_AT_LEAST ? ">=" : "<=";
    if (goal->over == FIGURE_NONE)
        (void)snprintf(text, sizeof text, "%s %s %s", sign, number(goal->bound, bound),
                       names[row->figure].unit);
    else
        (void)snprintf(text, sizeof text, "%s %s x %s (%s)", sign, number(goal->bound, bound),
                       names[goal->over].name,
                       number(series_median(&bench->figures[goal->over]), value));
    if (!shares(bench, row, goal, &share)) {
        printf("  %-38s %9s  -", text, "skipped");
        return;
    }
    double median = series_median(&share);
    printf("  %-38s %9s  %s", text, number(median, value), met(goal, median) ? "yes" : "no");
}

static void print_row(const struct bench *bench, const struct row *row)
{
    char median[NUMBER_MAX], low[NUMBER_MAX], high[NUMBER_MAX], spread[2 * NUMBER_MAX + 8];
    const struct series *series = &bench->figures[row->figure];
    if (series->count == 0) {
        printf("%-44s %10s\n", row->label, "skipped");
        return;
    }
    (void)snprintf(spread, sizeof spread, "%s .. %s", number(series_min(series), low),
                   number(series_max(series), high));
    bool goals = row->goals[0].way != GOAL_NONE;
    printf("%-44s %10s %-10s %-*s", row->label, number(series_median(series), median),
           names[row->figure].unit, goals ? 22 : 0, spread);
    for (size_t i = 0; i < ROW_GOALS_MAX && row->goals[i].way != GOAL_NONE; i++) {
        if (i > 0)
            printf("\n%-44s %10s %-10s %-22s", "", "", "", "");
        print_goal(bench, row, &row->goals[i]);
    }
    printf("\n");
}

static void machine(char *out, size_t size)
{
    struct utsname system;
    char line[256], model[128] = "unknown processor";
    unsigned processors = 0;
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "model name", 10) != 0)
            continue;
        processors++;
        const char *colon = strchr(line, ':');
        if (colon != NULL)
            (void)snprintf(model, sizeof model, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
    }
    if (file != NULL)
        (void)fclose(file);
    if (uname(&system) != 0)
        system = (struct utsname){.release = "?"};
    (void)snprintf(out, size, "%u x %s, Linux %s", processors, model, system.release);
}

static void print_head(const struct bench *bench)
{
    char text[512], accounts[NUMBER_MAX], grown[NUMBER_MAX], transfers[NUMBER_MAX];
    machine(text, sizeof text);
    printf("%s; load average before: %.1f\n", text, bench->load_before);
    printf("%u rounds; median and min .. max; %s accounts; the grown bank: %s accounts,"
           " %s transfers%s\n",
           bench->rounds, number((double)bench->accounts, accounts),
           number((double)bench->scale.accounts, grown),
           number((double)bench->scale.transfers, transfers),
           bench->keyed ? "; every command with an idempotency key" : "");
    if (bench->postgres_missing != NULL)
        printf("skipped: %s\n", bench->postgres_missing);
    else if (bench->postgres_clients > 0)
        printf("postgresql: best with %u clients\n", bench->postgres_clients);
    printf("\n%-44s %10s %-10s %-22s  %-38s %9s  %s\n", "row", "median", "", "spread", "goal", "is",
           "met");
}

void report_table(const struct bench *bench, const struct row *rows, const bool *wanted,
                  size_t count)
{
    print_head(bench);
    for (size_t i = 0; i < count; i++) {
        if (wanted[i])
            print_row(bench, &rows[i]);
    }
    (void)fflush(stdout);
}

static void json_figures(const struct bench *bench, FILE *file)
{
    bool any = false;
    fprintf(file, "  \"figures\": {");
    for (size_t i = 1; i < FIGURE_COUNT; i++) {
        const struct series *series = &bench->figures[i];
        if (series->count == 0)
            continue;
        fprintf(file, "%s\n    \"%s\": {\"unit\": \"%s\", \"median\": %.6g, \"rounds\": [",
                any ? "," : "", names[i].name, names[i].unit, series_median(series));
        for (size_t r = 0; r < series->count; r++)
            fprintf(file, "%s%.6g", r > 0 ? ", " : "", series->values[r]);
        fprintf(file, "]}");
        any = true;
    }
    fprintf(file, "\n  },\n");
}

static void json_row(const struct bench *bench, const struct row *row, FILE *file)
{
    fprintf(file, "    {\"name\": \"%s\", \"figure\": \"%s\", \"goals\": [", row->name,
            names[row->figure].name);
    for (size_t i = 0; i < ROW_GOALS_MAX && row->goals[i].way != GOAL_NONE; i++) {
        const struct goal *goal = &row->goals[i];
        struct series share;
        fprintf(file, "%s{\"%s\": %.6g", i > 0 ? ", " : "",
                goal->way == GOAL_AT_LEAST ? "at_least" : "at_most", goal->bound);
        if (goal->over != FIGURE_NONE)
            fprintf(file, ", \"of\": \"%s\"", names[goal->over].name);
        if (shares(bench, row, goal, &share))
            fprintf(file, ", \"is\": %.6g, \"met\": %s}", series_median(&share),
                    met(goal, series_median(&share)) ? "true" : "false");
        else
            fprintf(file, ", \"is\": null, \"met\": null}");
    }
    fprintf(file, "]}");
}

bool report_json(const struct bench *bench, const struct row *rows, const bool *wanted,
                 size_t count, const char *path)
{
    char text[512];
    bool any = false;
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    machine(text, sizeof text);
    fprintf(file, "{\n  \"machine\": \"%s\",\n  \"load_before\": %.2f,\n", text,
            bench->load_before);
    fprintf(file, "  \"rounds\": %u,\n  \"accounts\": %zu,\n", bench->rounds, bench->accounts);
    fprintf(file, "  \"grown\": {\"accounts\": %zu, \"transfers\": %llu},\n", bench->scale.accounts,
            (unsigned long long)bench->scale.transfers);
    fprintf(file, "  \"postgresql_clients\": %u,\n", bench->postgres_clients);
    json_figures(bench, file);
    fprintf(file, "  \"rows\": [\n");
    for (size_t i = 0; i < count; i++) {
        if (!wanted[i])
            continue;
        fprintf(file, "%s", any ? ",\n" : "");
        json_row(bench, &rows[i], file);
        any = true;
    }
    fprintf(file, "\n  ]\n}\n");
    bool written = ferror(file) == 0;
    return fclose(file) == 0 && written;
}
