#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "journal/journal.h"
#include "journal/witness.h"

static bool holds(struct journal_reader *reader, const struct journal_head *seen, char *why,
                  size_t size)
{
    struct text body;
    uint8_t hash[JOURNAL_HASH_SIZE];

    switch (journal_read(reader, seen->record, &body, hash)) {
    case JOURNAL_READ_OK:
        if (memcmp(hash, seen->hash, sizeof(hash)) == 0)
            return true;
        snprintf(why, size, "record %" PRIu64 " is not the one the head witness saw", seen->record);
        return false;
    case JOURNAL_READ_END:
        snprintf(why, size, "the journal has lost records: its head witness saw record %" PRIu64,
                 seen->record);
        return false;
    case JOURNAL_READ_ERROR:
        break;
    }
    snprintf(why, size, "record %" PRIu64 " cannot be read", seen->record);
    return false;
}

/* The witness first: a writer only ever moves the journal further away from it. */
bool journal_check_witness(const char *path, char *why, size_t size)
{
    char witness[WITNESS_PATH_MAX];
    struct journal_head seen;

    if (!witness_path(path, witness)) {
        snprintf(why, size, "the path is too long");
        return false;
    }
    enum witness_read read = witness_read(witness, &seen);
    if (read == WITNESS_FAILED) {
        snprintf(why, size, "%s cannot be read", witness);
        return false;
    }
    if (read != WITNESS_OK || seen.record == 0)
        return true;
    struct journal_reader *reader = journal_reader_open_sqlite(path);
    if (reader == NULL) {
        snprintf(why, size, "%s cannot be read", path);
        return false;
    }
    bool sound = holds(reader, &seen, why, size);
    journal_reader_close(&reader);
    return sound;
}
