#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/digest.h"
#include "host/log.h"
#include "write/snapshot.h"
#include "write/snapshot_file.h"

/* What is read counts only once the checksum at the end agrees; until then every number in it is
 * held against the file's size, so that a damaged one costs no more than its reading. */
struct source {
    FILE *file;
    uint64_t size;
    struct digest digest;
};

static bool get(struct source *source, void *out, size_t size)
{
    if (fread(out, 1, size, source->file) != size) {
        return false;
    }
    digest_add(&source->digest, out, size);
    return true;
}

static bool is_record_of(struct journal_reader *reader, uint64_t record,
                         const uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct text body;
    uint8_t theirs[JOURNAL_HASH_SIZE] = {0};
    if (record > 0 && journal_read(reader, record, &body, theirs) != JOURNAL_READ_OK) {
        return false;
    }
    return memcmp(theirs, hash, sizeof theirs) == 0;
}

static bool get_header(struct source *source, struct journal_reader *reader,
                       struct snapshot_header *header)
{
    return get(source, header, sizeof *header) &&
           memcmp(header->magic, SNAPSHOT_MAGIC, sizeof header->magic) == 0 &&
           header->format == SNAPSHOT_FORMAT &&
           header->state_size == sizeof(struct account_state) &&
           header->account_count <= source->size / sizeof(struct account_state) &&
           is_record_of(reader, header->record, header->hash);
}

static bool get_accounts(struct source *source, uint64_t count, struct accounts *accounts)
{
    bool sound = true;
    struct account_state *page = malloc(ACCOUNTS_PAGE * sizeof *page);
    CHECK(page != NULL);
    while (sound && count > 0) {
        size_t here = count < ACCOUNTS_PAGE ? (size_t)count : ACCOUNTS_PAGE;
        sound = get(source, page, here * sizeof *page);
        for (size_t i = 0; sound && i < here; i++) {
            sound = page[i].account != 0 && page[i].version != 0;
        }
        if (sound) {
            accounts_load(accounts, page, here);
        }
        count -= here;
    }
    free(page);
    if (sound) {
        accounts_load_end(accounts);
    }
    return sound;
}

static bool get_keys(struct source *source, struct keys *keys)
{
    uint8_t entries[KEYS_ENTRY_SIZE * SEGMENT_CAPACITY_MAX];
    struct keys_cursor cursor = {0};
    struct keys_segment segment;
    while (get(source, &segment, sizeof segment)) {
        if (segment.depth == SNAPSHOT_KEYS_END) {
            return keys_import_is_whole(keys);
        }
        if (segment.count > SEGMENT_CAPACITY_MAX ||
            !get(source, entries, KEYS_ENTRY_SIZE * segment.count) ||
            !keys_import(keys, &cursor, segment, entries)) {
            return false;
        }
    }
    return false;
}

static bool get_end(struct source *source, struct journal_reader *reader,
                    const struct snapshot_header *header, uint64_t *end)
{
    struct snapshot_trailer trailer;
    uint8_t ours[SNAPSHOT_CHECKSUM_SIZE], theirs[SNAPSHOT_CHECKSUM_SIZE];
    if (!get(source, &trailer, sizeof trailer)) {
        return false;
    }
    digest_end(&source->digest, ours, sizeof ours);
    *end = trailer.record;
    return fread(theirs, 1, sizeof theirs, source->file) == sizeof theirs &&
           fgetc(source->file) == EOF && memcmp(ours, theirs, sizeof ours) == 0 &&
           trailer.record >= header->record && is_record_of(reader, trailer.record, trailer.hash);
}

static bool load(struct source *source, struct journal_reader *reader, struct state *state,
                 uint64_t *end)
{
    struct snapshot_header header;
    if (!get_header(source, reader, &header)) {
        return false;
    }
    state_init(state, header.secret);
    state->now = (struct counters){
        .record = header.record,
        .position = header.position,
        .at = header.at,
        .free_sequence = header.free_sequence,
        .only_imports = header.only_imports != 0,
    };
    if (get_accounts(source, header.account_count, &state->accounts) &&
        get_keys(source, &state->keys) && get_end(source, reader, &header, end)) {
        return true;
    }
    state_close(state);
    return false;
}

bool snapshot_load(const char *path, struct journal_reader *reader, struct state *state,
                   uint64_t *end)
{
    struct source source = {.file = fopen(path, "rbe")};
    struct stat info;
    bool loaded = false;
    if (source.file == NULL) {
        return false;
    }
    if (fstat(fileno(source.file), &info) == 0) {
        source.size = (uint64_t)info.st_size;
        digest_begin(&source.digest, SNAPSHOT_CHECKSUM_SIZE);
        loaded = load(&source, reader, state, end);
    }
    (void)fclose(source.file);
    if (!loaded) {
        log_warning("write", "snapshot is of no use, replaying the whole journal");
    }
    return loaded;
}
