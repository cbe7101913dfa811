/* ListAccounts: by number, or those whose owner or number match a search.
 *
 * Accounts that views.db has not heard of yet are looked through in memory and merged. The file
 * is looked at in one read transaction after that; what a flush moved there in between is found on
 * both sides and counted once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "read/search.h"
#include "read/views.h"
#include "read/views_rows.h"

struct listing {
    struct views *views;
    struct query *query;
    struct search search;
    uint64_t after;
    size_t limit;
    uint64_t *fresh; /* matches among the openings in memory, sorted */
    size_t fresh_count;
    uint64_t *page; /* up to limit + 1 accounts */
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

/* Takes out of `fresh` what the file has by now. */
static bool forget_flushed(struct listing *listing)
{
    sqlite3_stmt *owner = listing->views->owner;
    size_t kept = 0;

    for (size_t i = 0; i < listing->fresh_count; i++) {
        enum views_found found;

        views_rows_bind(owner, 1, listing->fresh[i]);
        found = views_step(listing->views, owner);
        if (found == VIEWS_FAILED)
            return false;
        if (found == VIEWS_NONE)
            listing->fresh[kept++] = listing->fresh[i];
        (void)sqlite3_reset(owner);
    }
    listing->fresh_count = kept;
    return true;
}

/* The statement with the search bound to it, if there is one; the other arguments follow. */
static sqlite3_stmt *bind_search(const struct listing *listing, sqlite3_stmt *all,
                                 sqlite3_stmt *matches, int *next)
{
    *next = 1;
    if (listing->search.everything)
        return all;
    CHECK(sqlite3_bind_text(matches, 1, listing->search.expression, -1, SQLITE_STATIC) ==
          SQLITE_OK);
    *next = 2;
    return matches;
}

static bool count_total(struct listing *listing)
{
    struct views *views = listing->views;
    int next;
    sqlite3_stmt *statement = bind_search(listing, views->list_total, views->matches_total, &next);
    bool ok;

    views_rows_bind(statement, next, QUERY_TOTAL_MAX + 1);
    ok = views_step(views, statement) == VIEWS_ROW;
    if (ok)
        listing->total = views_rows_column(statement, 0) + listing->fresh_count;
    (void)sqlite3_reset(statement);
    if (listing->total > QUERY_TOTAL_MAX)
        listing->total = LIST_TOTAL_UNKNOWN;
    return ok;
}

/* Merges the file's accounts, which come by number, with the fresh ones. */
static bool fill_page(struct listing *listing)
{
    struct views *views = listing->views;
    int next;
    sqlite3_stmt *statement = bind_search(listing, views->list, views->matches, &next);
    size_t fresh = 0;
    enum views_found found;

    views_rows_bind(statement, next, listing->after);
    views_rows_bind(statement, next + 1, listing->limit + 1);
    while (fresh < listing->fresh_count && listing->fresh[fresh] <= listing->after)
        fresh++;
    do {
        uint64_t account = UINT64_MAX;

        found = views_step(views, statement);
        if (found == VIEWS_ROW)
            account = views_rows_column(statement, 0);
        while (fresh < listing->fresh_count && listing->fresh[fresh] < account &&
               listing->page_count <= listing->limit)
            listing->page[listing->page_count++] = listing->fresh[fresh++];
        if (found == VIEWS_ROW && listing->page_count <= listing->limit)
            listing->page[listing->page_count++] = account;
    } while (found == VIEWS_ROW && listing->page_count <= listing->limit);
    (void)sqlite3_reset(statement);
    return found != VIEWS_FAILED;
}

static bool look_in_file(struct listing *listing)
{
    struct views *views = listing->views;
    bool ok = views_step(views, views->begin) == VIEWS_NONE && forget_flushed(listing) &&
              count_total(listing) && fill_page(listing);

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
    status = fill_accounts(&listing, out);
    if (status != STATUS_ok || !out->has_more)
        return status;
    next.after = listing.page[listing.limit - 1];
    next.given |= 1u << LIST_ACCOUNTS_AFTER;
    out->next = message_path(message_of(OP_LIST_ACCOUNTS), &next, query->arena);
    return out->next.data == NULL ? views_no_room(query) : STATUS_ok;
}
