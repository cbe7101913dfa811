#include "past.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/time.h"

static const char *const syllables[] = {
    "an", "bar", "cla", "do",  "el", "fri", "gun", "hel", "is",  "jo",  "kar", "lu", "ma",
    "ne", "ol",  "pet", "qui", "ro", "sa",  "ti",  "ul",  "ver", "wil", "xe",  "yo", "zo",
};
#define SYLLABLES (sizeof syllables / sizeof *syllables)

static uint64_t mixed_up(uint64_t value)
{
    value ^= value >> 31;
    value *= UINT64_C(0x9e3779b97f4a7c15);
    value ^= value >> 29;
    value *= UINT64_C(0xbf58476d1ce4e5b9);
    return value ^ value >> 32;
}

static size_t put_name(char *out, size_t size, uint64_t *random, unsigned count)
{
    size_t used = 0;
    for (unsigned i = 0; i < count; i++) {
        int put = snprintf(out + used, size - used, "%s", syllables[*random % SYLLABLES]);
        used += put > 0 ? (size_t)put : 0;
        *random /= SYLLABLES;
    }
    out[0] = (char)(out[0] - 'a' + 'A');
    return used;
}

void past_owner(size_t index, char out[64])
{
    uint64_t random = mixed_up(index + 1);
    size_t used = put_name(out, 64, &random, 2);
    out[used++] = ' ';
    (void)put_name(out + used, 64 - used, &random, 3);
}

int32_t past_last_month(void)
{
    return month_of((int64_t)time(NULL) * TIME_SECOND) - 1;
}

struct past {
    FILE *file;
    const struct crowd *crowd;
    uint64_t lines;
};

static void put_opening(struct past *past, int64_t at, const char *op)
{
    char text[TIME_TEXT_MAX];
    fprintf(past->file, "{\"at\":\"%s\",\"op\":\"%s\",\"key\":\"past-%llu\",\"args\":{",
            time_print(at, text), op, (unsigned long long)++past->lines);
}

static void put_deposit(struct past *past, int64_t at, size_t account)
{
    put_opening(past, at, "DepositMoney");
    fprintf(past->file, "\"account\":\"%.10s\",\"amount\":1}}\n", past->crowd->digits[account]);
}

static bool close_file(struct past *past, const char *path)
{
    bool written = ferror(past->file) == 0;
    written = fclose(past->file) == 0 && written;
    if (!written)
        fprintf(stderr, "bench: %s could not be written\n", path);
    return written;
}

static bool open_file(struct past *past, const char *path)
{
    past->file = fopen(path, "w");
    if (past->file == NULL)
        fprintf(stderr, "bench: %s: %m\n", path);
    return past->file != NULL;
}

bool past_accounts(const struct scale *scale, const struct crowd *crowd, const char *path)
{
    struct past past = {.crowd = crowd, .lines = UINT64_C(1000000000)};
    int64_t at = month_start(past_last_month() - PAST_MONTHS);
    if (!open_file(&past, path))
        return false;
    for (size_t i = 0; i < scale->accounts; i++) {
        char owner[64];
        past_owner(i, owner);
        put_opening(&past, at, "CreateAccount");
        fprintf(past.file,
                "\"account\":\"%.10s\",\"owner\":\"%s\",\"currency\":\"EUR\","
                "\"initial_balance\":1000000000}}\n",
                crowd->digits[i], owner);
    }
    return close_file(&past, path);
}

/* Times spread evenly, so that none is before the one of an earlier line. */
bool past_transfers(const struct scale *scale, struct crowd *crowd, const char *path)
{
    struct past past = {.crowd = crowd};
    int32_t last = past_last_month();
    int64_t at = month_start(last - PAST_MONTHS + 1), end = month_start(last);
    int64_t step = (end - at) / (int64_t)(scale->transfers + 1);
    uint64_t busy = scale->busy_deposits - PAST_LAST_MONTH;
    uint64_t quiet = PAST_DEPOSITS - PAST_LAST_MONTH;
    if (!open_file(&past, path))
        return false;
    for (uint64_t i = 0; i < scale->transfers; i++, at += step) {
        size_t others = scale->accounts - 2;
        size_t from = (size_t)((crowd_draw(crowd) >> 32) % others);
        size_t to = (from + 1 + (size_t)((crowd_draw(crowd) >> 32) % (others - 1))) % others;
        put_opening(&past, at, "TransferMoney");
        fprintf(past.file, "\"from\":\"%.10s\",\"to\":\"%.10s\",\"amount\":1}}\n",
                crowd->digits[from + 2], crowd->digits[to + 2]);
        if ((i + 1) * busy / scale->transfers > i * busy / scale->transfers)
            put_deposit(&past, at, 0);
        if ((i + 1) * quiet / scale->transfers > i * quiet / scale->transfers)
            put_deposit(&past, at, 1);
    }
    for (int i = 0; i < PAST_LAST_MONTH; i++) {
        put_deposit(&past, end + i * TIME_SECOND, 0);
        put_deposit(&past, end + i * TIME_SECOND, 1);
    }
    return close_file(&past, path);
}
