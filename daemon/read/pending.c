#include "read/pending.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 10 /* three digits of the sort cover a sequence below 2^30 */
#define DIGITS (1u << DIGIT_BITS)
#define ENTRIES_KEPT 65536u /* 4 MB */
#define NUMBER_SIZE 11      /* a space and ten digits */

/* Room for one more in an array that doubles. Running out of memory stops the process. */
static void *grown(void *array, size_t count, size_t *room, size_t size)
{
    if (count == *room) {
        *room = count == 0 ? 1 : count * 2; /* most accounts have one month waiting */
        array = realloc(array, *room * size);
        CHECK(array != NULL);
    }
    return array;
}

void pending_init(struct pending *pending)
{
    *pending = (struct pending){0};
}

void pending_close(struct pending *pending)
{
    struct opening *opening = pending->first_opening;

    for (size_t i = 0; i < pending->entry_count; i++) {
        free(pending->entries[i].steps);
        free(pending->entries[i].months);
    }
    while (opening != NULL) {
        struct opening *next = opening->next;

        free(opening);
        opening = next;
    }
    free(pending->entries);
    free(pending->free);
    free(pending->waiting);
    *pending = (struct pending){0};
}

struct pending_entry *pending_entry_of(struct pending *pending, struct account_row *row)
{
    uint32_t index;

    if (row->pending != 0)
        return &pending->entries[row->pending - 1];
    if (pending->free_count > 0) {
        index = pending->free[--pending->free_count];
    } else {
        CHECK(pending->entry_count < UINT32_MAX - 1);
        pending->entries = grown(pending->entries, pending->entry_count, &pending->entry_room,
                                 sizeof(*pending->entries));
        index = (uint32_t)pending->entry_count++;
    }
    pending->entries[index] = (struct pending_entry){.row = row};
    row->pending = index + 1;
    pending->waiting = grown(pending->waiting, pending->waiting_count, &pending->waiting_room,
                             sizeof(*pending->waiting));
    pending->waiting[pending->waiting_count++] = (uint64_t)row->sequence << 32 | index;
    return &pending->entries[index];
}

const struct pending_entry *pending_look(const struct pending *pending,
                                         const struct account_row *row)
{
    return row->pending == 0 ? NULL : &pending->entries[row->pending - 1];
}

void pending_add_step(struct pending_entry *entry, const struct step_row *step)
{
    size_t room = entry->step_room;

    entry->steps = grown(entry->steps, entry->step_count, &room, sizeof(*entry->steps));
    entry->step_room = (uint32_t)room;
    entry->steps[entry->step_count++] = *step;
}

void pending_add_month(struct pending_entry *entry, const struct month_row *month)
{
    size_t room = entry->month_room;

    entry->months = grown(entry->months, entry->month_count, &room, sizeof(*entry->months));
    entry->month_room = (uint32_t)room;
    entry->months[entry->month_count++] = *month;
}

bool month_row_running(const struct account_row *row, struct month_row *out)
{
    *out = (struct month_row){
        .month = row->month,
        .credits = row->credits,
        .debits = row->debits,
        .credits_total = row->credits_total,
        .debits_total = row->debits_total,
        .first_position = row->first_position,
        .last_position = row->last_position,
        .last_record = row->last_record,
    };
    return row->credits_total.minor >= 0 && row->debits_total.minor >= 0 &&
           money_subtract(row->balance, row->credits_total, &out->opening) &&
           money_add(out->opening, row->debits_total, &out->opening) &&
           money_is_balance(out->opening);
}

bool month_row_closing(const struct month_row *row, struct money *out)
{
    return money_subtract(row->opening, row->debits_total, out) &&
           money_add(*out, row->credits_total, out) && money_is_balance(*out);
}

struct opening *opening_new(uint64_t account, int64_t at, struct text owner, struct text words)
{
    struct opening *opening = malloc(sizeof(*opening) + owner.size + words.size);

    CHECK(opening != NULL && words.size >= NUMBER_SIZE);
    *opening = (struct opening){.account = account, .at = at};
    if (owner.size > 0)
        memcpy(opening->bytes, owner.data, owner.size);
    if (words.size > 0)
        memcpy(opening->bytes + owner.size, words.data, words.size);
    opening->owner = (struct text){opening->bytes, owner.size};
    opening->words = (struct text){opening->bytes + owner.size, words.size};
    opening->folded = (struct text){opening->words.data, words.size - NUMBER_SIZE};
    return opening;
}

void pending_add_opening(struct pending *pending, struct pending_entry *entry,
                         struct opening *opening)
{
    CHECK(entry->opening == NULL);
    entry->opening = opening;
    opening->previous = pending->last_opening;
    opening->next = NULL;
    if (pending->last_opening != NULL)
        pending->last_opening->next = opening;
    else
        pending->first_opening = opening;
    pending->last_opening = opening;
    pending->opening_count++;
}

static void remove_opening(struct pending *pending, struct opening *opening)
{
    if (opening->previous != NULL)
        opening->previous->next = opening->next;
    else
        pending->first_opening = opening->next;
    if (opening->next != NULL)
        opening->next->previous = opening->previous;
    else
        pending->last_opening = opening->previous;
    pending->opening_count--;
    free(opening);
}

/* Everything is on disk: what a large round needed goes back to the machine. */
static void forget_entries(struct pending *pending)
{
    pending->entry_count = pending->free_count = 0;
    if (pending->entry_room <= ENTRIES_KEPT)
        return;
    free(pending->entries);
    free(pending->free);
    pending->entries = NULL;
    pending->free = NULL;
    pending->entry_room = pending->free_room = 0;
}

void pending_done(struct pending *pending, uint32_t index)
{
    struct pending_entry *entry = &pending->entries[index];

    CHECK(entry->row != NULL && entry->row->pending == index + 1);
    entry->row->pending = 0;
    free(entry->steps);
    free(entry->months);
    if (entry->opening != NULL)
        remove_opening(pending, entry->opening);
    *entry = (struct pending_entry){0};
    pending->free =
        grown(pending->free, pending->free_count, &pending->free_room, sizeof(*pending->free));
    pending->free[pending->free_count++] = index;
    if (pending->free_count == pending->entry_count)
        forget_entries(pending);
}

/* Least digit first, by the sequence in the upper half: a million in a few milliseconds, where a
 * comparing sort would take the time of several slices. */
static void sort_by_sequence(uint64_t *keys, uint64_t *spare, size_t count)
{
    for (unsigned shift = 32; shift < 62; shift += DIGIT_BITS) {
        size_t starts[DIGITS] = {0};
        size_t sum = 0;

        for (size_t i = 0; i < count; i++)
            starts[(keys[i] >> shift) % DIGITS]++;
        for (size_t digit = 0; digit < DIGITS; digit++) {
            size_t here = starts[digit];

            starts[digit] = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++)
            spare[starts[(keys[i] >> shift) % DIGITS]++] = keys[i];
        memcpy(keys, spare, count * sizeof(*keys));
    }
}

size_t pending_take(struct pending *pending, uint64_t **out)
{
    size_t count = pending->waiting_count;

    *out = pending->waiting;
    pending->waiting = NULL;
    pending->waiting_count = pending->waiting_room = 0;
    if (count > 1) {
        uint64_t *spare = malloc(count * sizeof(*spare));

        CHECK(spare != NULL);
        sort_by_sequence(*out, spare, count);
        free(spare);
    }
    return count;
}

size_t pending_count(const struct pending *pending)
{
    return pending->entry_count - pending->free_count;
}
