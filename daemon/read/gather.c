#include "read/gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "base/utf8.h"
#include "host/lookahead.h"

#define WORDS_MAX 16384 /* 140 characters, the worst of which fold to 18 */
#define AHEAD_CHUNKS 8

void gather_init(struct gather *gather)
{
    *gather = (struct gather){.items = calloc(GATHER_RECORDS, sizeof(*gather->items))};
    CHECK(gather->items != NULL);
}

void gather_drop(struct gather *gather, size_t from)
{
    for (size_t i = from; i < gather->count; i++)
        free(gather->items[i].opening);
    gather->count = from < gather->count ? from : gather->count;
}

void gather_close(struct gather *gather)
{
    free(gather->items);
    *gather = (struct gather){.items = NULL};
}

static struct opening *new_opening(const struct record *record)
{
    char number[ACCOUNT_TEXT_MAX];
    struct opening *opening;
    struct bytes words;

    bytes_init(&words, WORDS_MAX);
    utf8_fold(record->owner, &words);
    bytes_print(&words, " %s", account_print(record->legs[0].account, number));
    opening = opening_new(record->legs[0].account, record->at, record->owner, bytes_text(&words));
    bytes_close(&words);
    return opening;
}

static bool gather_record(void *context, const struct record *record,
                          const uint8_t hash[JOURNAL_HASH_SIZE], struct text body)
{
    struct gather *gather = context;

    (void)body;
    CHECK(gather->count < GATHER_RECORDS);
    struct gathered *item = &gather->items[gather->count++];
    item->record = *record;
    memcpy(item->hash, hash, JOURNAL_HASH_SIZE);
    item->opening = record->kind == RECORD_ACCOUNT_CREATED ? new_opening(record) : NULL;
    return true;
}

void gather_read(struct gather *gather, struct journal_reader *journal, uint64_t next, size_t max)
{
    size_t want = max < GATHER_RECORDS ? max : GATHER_RECORDS;
    size_t count;

    gather->count = 0;
    gather->read = journal_scan(journal, next, want, gather_record, gather, &count);
    gather->ends = gather->count < want;
}

/* --- Ahead -------------------------------------------------------------------------------- */

struct gather_ahead {
    struct journal_reader *journal;
    struct lookahead ring;
    struct gather chunks[AHEAD_CHUNKS];
    uint64_t next; /* the thread's own */
};

static bool read_chunk(void *context, size_t slot)
{
    struct gather_ahead *ahead = context;
    struct gather *chunk = &ahead->chunks[slot];

    gather_read(chunk, ahead->journal, ahead->next, GATHER_RECORDS);
    ahead->next += chunk->count;
    return !chunk->ends;
}

struct gather_ahead *gather_ahead_start(struct journal_reader *journal, uint64_t next)
{
    struct gather_ahead *ahead = calloc(1, sizeof(*ahead));

    CHECK(ahead != NULL);
    ahead->journal = journal;
    ahead->next = next;
    for (size_t i = 0; i < AHEAD_CHUNKS; i++)
        gather_init(&ahead->chunks[i]);
    ahead->ring = (struct lookahead){.fill = read_chunk, .context = ahead, .slots = AHEAD_CHUNKS};
    CHECK(lookahead_start(&ahead->ring, "teller-gather"));
    return ahead;
}

void gather_ahead_stop(struct gather_ahead **out)
{
    struct gather_ahead *ahead = *out;
    size_t slot;

    if (ahead == NULL)
        return;
    lookahead_stop(&ahead->ring);
    while (lookahead_left(&ahead->ring, &slot))
        gather_drop(&ahead->chunks[slot], 0);
    for (size_t i = 0; i < AHEAD_CHUNKS; i++)
        gather_close(&ahead->chunks[i]);
    free(ahead);
    *out = NULL;
}

struct gather *gather_ahead_take(struct gather_ahead *ahead)
{
    return &ahead->chunks[lookahead_take(&ahead->ring)];
}
