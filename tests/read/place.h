/* Where a test keeps its views, and a bank that is worth keeping. */
#pragma once

#include "given.h"

/* A file of its own for views.db, in a folder of its own. */
struct place {
    char folder[64], path[96];
};

static inline struct place place_new(void)
{
    struct place place;
    strcpy(place.folder, "/tmp/teller-read-XXXXXX");
    assert_non_null(mkdtemp(place.folder));
    snprintf(place.path, sizeof place.path, "%s/views.db", place.folder);
    return place;
}

static inline void place_file(const struct place *place, const char *suffix, char out[128])
{
    snprintf(out, 128, "%s%s", place->path, suffix);
}

static inline void place_free(const struct place *place)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", "-damaged"};
    char path[128];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        place_file(place, suffixes[i], path);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(place->folder), 0); /* nothing else was left behind */
}

/* Some accounts and some months of movements, the same for the same seed. */
static inline void given_bank(struct given *given, int records, unsigned seed)
{
    int64_t at = given->at;
    for (int i = 0; i < records; i++) {
        seed = seed * 1103515245u + 12345u;
        unsigned random = seed >> 16;
        at += random % 11 == 0 ? 5 * TIME_DAY : random % 3 * HOUR;
        if (given->account_count < 2 || random % 29 == 0) {
            given_account(given, random % 2 ? "Zoë Müller" : "O'Brien", random % 5 * 100, at);
            continue;
        }
        struct given_account *from = &given->accounts[random % given->account_count];
        struct given_account *to = &given->accounts[random / 7 % given->account_count];
        if (random % 3 == 0 && from != to && from->balance > 0)
            given_transfer(given, from->account, to->account, 1 + from->balance / 3, "t", at);
        else if (random % 13 == 0)
            given_refusal(given, "k", at);
        else
            given_move(given, to->account, 1 + random % 90, "d", at);
    }
}
