#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/log.h"
#include "write/snapshot.h"
#include "write/snapshot_file.h"

/* What is read counts only once the checksum at the end agrees; until then every number in it is
 * held against the file's size, so that a damaged one costs no more than its reading. Large parts
 * are read to where they stay. */
struct source {
    int fd;
    uint64_t size, left; /* bytes of the file */
    XXH64_state_t sum;
};

static bool get_plain(struct source *source, void *out, size_t size)
{
    uint8_t *at = out;
    if (size > source->left) {
        return false;
    }
    source->left -= size;
    while (size > 0) {
        ssize_t got = read(source->fd, at, size);
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

static bool get(struct source *source, void *out, size_t size)
{
    if (!get_plain(source, out, size)) {
        return false;
    }
    CHECK(XXH64_update(&source->sum, out, size) == XXH_OK);
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
           header->format == SNAPSHOT_FORMAT && header->cell_size == sizeof(struct account_cell) &&
           header->account_count <= source->left / sizeof(struct account_cell) &&
           is_record_of(reader, header->record, header->hash);
}

static bool get_accounts(struct source *source, uint64_t count, struct accounts *accounts)
{
    bool sound = count < UINT32_MAX;
    if (!sound) {
        return false;
    }
    accounts_load_begin(accounts, (size_t)count);
    for (size_t slot = 0, here; sound && slot < accounts->count; slot += here) {
        struct account_cell *cells = accounts_room(accounts, slot, &here);
        sound = get(source, cells, here * sizeof *cells);
        for (size_t i = 0; sound && i < here; i++) {
            sound = account_cell_is_sound(&cells[i]);
        }
    }
    return sound;
}

/* A segment makes its shard's directory as deep as itself. Real ones are as deep as their keys are
 * many, 32 kB a shard for each that it spans; a small file must not ask for gigabytes. */
static bool is_depth_of(const struct source *source, uint32_t depth)
{
    return depth <= DIRECTORY_DEPTH_MAX &&
           (UINT64_C(4096) << depth) <= 64 * source->size + ((uint64_t)1 << 20);
}

static bool get_keys(struct source *source, struct keys *keys)
{
    struct keys_cursor cursor = {0};
    struct keys_segment head;
    while (get(source, &head, sizeof head)) {
        if (head.depth == SNAPSHOT_KEYS_END) {
            return keys_import_is_whole(keys);
        }
        if (!is_depth_of(source, head.depth)) {
            return false;
        }
        struct segment segment = keys_import(keys, &cursor, &head);
        if (segment.entries == NULL) {
            return false;
        }
        bool whole = get(source, segment.entries, KEYS_ENTRY_SIZE * head.capacity);
        if (!whole) {
            segment_free(&keys->directory, segment);
        }
        if (!whole || !keys_import_end(keys, &cursor, &head, segment)) {
            return false;
        }
    }
    return false;
}

static bool get_end(struct source *source, struct journal_reader *reader,
                    const struct snapshot_header *header, uint64_t *end)
{
    struct snapshot_trailer trailer;
    uint64_t checksum;
    if (!get(source, &trailer, sizeof trailer)) {
        return false;
    }
    *end = trailer.record;
    return get_plain(source, &checksum, sizeof checksum) && source->left == 0 &&
           checksum == XXH64_digest(&source->sum) && trailer.record >= header->record &&
           is_record_of(reader, trailer.record, trailer.hash);
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
        get_keys(source, &state->keys) && get_end(source, reader, &header, end) &&
        accounts_load_end(&state->accounts)) {
        return true;
    }
    state_close(state);
    return false;
}

bool snapshot_load(const char *path, struct journal_reader *reader, struct state *state,
                   uint64_t *end)
{
    struct source source = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
    struct stat info;
    bool loaded = false;
    if (source.fd < 0) {
        return false;
    }
    if (fstat(source.fd, &info) == 0) {
        source.size = source.left = (uint64_t)info.st_size;
        CHECK(XXH64_reset(&source.sum, 0) == XXH_OK);
        loaded = load(&source, reader, state, end);
    }
    (void)close(source.fd);
    if (!loaded) {
        log_warning("write", "snapshot is of no use, replaying the whole journal");
    }
    return loaded;
}
