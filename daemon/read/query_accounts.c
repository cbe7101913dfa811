/* ListAccounts: by number, or those whose owner or number match a search.
 *
 * Accounts that views.db has not heard of yet are looked through in memory. The file is looked at
 * after that, in one read transaction; what a flush moved there in between is found on both sides
 * and counted once. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "read/matches.h"

struct listing {
    struct views *views;
    struct query *query;
    struct search search;
    uint64_t after;
    size_t limit;
    size_t everything; /* accounts in all */
    uint64_t *fresh;   /* matches among the openings in memory, sorted */
    size_t fresh_count;
    struct matches matches; /* in the file */
    uint64_t *page;         /* up to limit + 1 accounts */
    size_t page_count;
    uint64_t total;
};

static int compare_numbers(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

static bool list_fresh(struct listing *listing)
{
    struct memory *memory = &listing->views->projector->memory;
    const struct opening *opening;
    size_t count;

    memory_share(memory);
    listing->everything = memory->accounts.count;
    count = memory->pending.opening_count;
    listing->fresh =
        count == 0 ? NULL : arena_get(listing->query->arena, count * sizeof(*listing->fresh));
    for (opening = memory->pending.first_opening; opening != NULL && listing->fresh != NULL;
         opening = opening->next) {
        if (listing->search.everything || utf8_words_match(opening->words, listing->search.words))
            listing->fresh[listing->fresh_count++] = opening->account;
    }
    memory_unlock(memory);
    if (listing->fresh_count > 1)
        qsort(listing->fresh, listing->fresh_count, sizeof(*listing->fresh), compare_numbers);
    return count == 0 || listing->fresh != NULL;
}

/* Both sides in the order of their numbers, each account once: counts them and fills the page. */
static void merge_sides(struct listing *listing)
{
    const struct matches *file = &listing->matches;
    size_t count = 0, i = 0, k = 0;

    while (i < file->count || k < listing->fresh_count) {
        uint64_t left = i < file->count ? file->accounts[i] : UINT64_MAX;
        uint64_t right = k < listing->fresh_count ? listing->fresh[k] : UINT64_MAX;
        uint64_t account = left < right ? left : right;

        count++;
        if (account > listing->after && listing->page_count <= listing->limit)
            listing->page[listing->page_count++] = account;
        i += left <= right;
        k += right <= left;
    }
    listing->total = listing->search.everything ? listing->everything : count;
    if (listing->total > QUERY_TOTAL_MAX || (file->many && !listing->search.everything))
        listing->total = LIST_TOTAL_UNKNOWN;
}

static bool look_in_file(struct listing *listing)
{
    struct views *views = listing->views;
    bool ok = views_step(views, views->begin) == VIEWS_NONE &&
              matches_find(views, &listing->search, listing->after, listing->limit + 1,
                           &listing->matches);

    if (!sqlite3_get_autocommit(views->handle) && views_step(views, views->end) != VIEWS_NONE)
        return false;
    return ok;
}

/* The accounts of the page as they stand now. */
static enum status fill_accounts(struct listing *listing, struct list_result *out)
{
    size_t count = listing->page_count <= listing->limit ? listing->page_count : listing->limit;
    struct account_result *items = arena_zero(listing->query->arena, count, sizeof(*items));

    if (items == NULL)
        return views_no_room(listing->query);
    for (size_t i = 0; i < count; i++) {
        const struct account_query one = {.account = listing->page[i]};
        enum status status = query_account(listing->views, &one, listing->query, &items[i]);

        if (status != STATUS_ok)
            return status;
    }
    out->data = (struct list){.items = items, .count = count};
    out->has_more = listing->page_count > listing->limit;
    out->total = listing->total;
    return STATUS_ok;
}

enum status query_accounts(struct views *views, const struct list_accounts *args,
                           struct query *query, struct list_result *out)
{
    struct listing listing = {
        .views = views,
        .query = query,
        .after = ARG_GIVEN(args, LIST_ACCOUNTS_AFTER) ? args->after : 0,
        .limit = (size_t)views_limit(ARG_GIVEN(args, LIST_ACCOUNTS_LIMIT), args->limit),
    };
    struct text text = ARG_GIVEN(args, LIST_ACCOUNTS_SEARCH) ? args->search : TEXT("");
    struct list_accounts next = *args;
    enum status status;

    *out = (struct list_result){0};
    if (!search_parse(text, query->arena, &listing.search))
        return views_no_room(query);
    if (listing.search.nothing)
        return STATUS_ok;
    listing.page = arena_get(query->arena, (listing.limit + 1) * sizeof(*listing.page));
    if (listing.page == NULL || !list_fresh(&listing))
        return views_no_room(query);
    if (!look_in_file(&listing))
        return views_unavailable(query);
    merge_sides(&listing);
    status = fill_accounts(&listing, out);
    if (status != STATUS_ok || !out->has_more)
        return status;
    next.after = listing.page[listing.limit - 1];
    next.given |= 1u << LIST_ACCOUNTS_AFTER;
    out->next = message_path(message_of(OP_LIST_ACCOUNTS), &next, query->arena);
    return out->next.data == NULL ? views_no_room(query) : STATUS_ok;
}
