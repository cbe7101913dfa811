#include "given.h"
#include "place.h"
#include "rows_in_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "read/projector_state.h"

static void digest_afresh(struct given *given, uint8_t out[JOURNAL_HASH_SIZE])
{
    struct projector *fresh;
    assert_int_equal(projector_open(NULL, journal_reader_open(given->journal), &fresh),
                     PROJECTOR_REBUILT);
    while (projector_fold(fresh, 7) > 0)
        ;
    assert_true(projector_digest(fresh, out));
    projector_close(&fresh, false);
}

static void check_search(struct given *given)
{
    struct list_accounts args = {.given = 1u << LIST_ACCOUNTS_SEARCH, .search = TEXT("mull")};
    struct list_result out;
    size_t expected = 0;
    for (size_t i = 0; i < given->count; i++)
        expected += given->records[i].kind == RECORD_ACCOUNT_CREATED &&
                    text_is(given->records[i].owner, "Zoë Müller");
    assert_int_equal(query_accounts(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_int_equal(out.total, expected);
}

/* The views say what views folded afresh say; and the search, which has no part in the digest,
 * finds each account once. */
static void check_digest(struct given *given)
{
    uint8_t got[JOURNAL_HASH_SIZE], expected[JOURNAL_HASH_SIZE];
    given_fold(given);
    assert_true(projector_digest(given->projector, got));
    digest_afresh(given, expected);
    assert_memory_equal(got, expected, sizeof got);
    check_search(given);
}

static size_t count_rows(const char *path, const char *sql)
{
    sqlite3 *handle;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    size_t count = (size_t)sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    return count;
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *handle;
    assert_int_equal(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static void the_digest_does_not_depend_on_how_it_was_folded(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    for (int part = 0; part < 40; part++) {
        given_bank(given, 20, (unsigned)part);
        long folded = projector_fold(given->projector, 1 + (size_t)part % 19);
        assert_true(folded > 0);
        for (int i = 0; i < part % 5; i++)
            (void)projector_flush(given->projector, 0);
    }
    check_digest(given);
    uint8_t before[JOURNAL_HASH_SIZE], after[JOURNAL_HASH_SIZE];
    assert_true(projector_digest(given->projector, before));
    given_bank(given, 1, 3);
    given_fold(given);
    assert_true(projector_digest(given->projector, after));
    assert_memory_not_equal(before, after, sizeof before);
    given_free(given);
}

static void views_are_taken_up_where_they_were_left(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *given = given_new(place.path);
    for (int part = 0; part < 5; part++) {
        given_bank(given, 300, (unsigned)part);
        given_fold(given);
        given_close_views(given, true);
        given_views(given, place.path, PROJECTOR_OK);
        assert_int_equal(projector_seen(given->projector), given->count);
        assert_int_equal(projector_flushed(given->projector), given->count);
    }
    check_digest(given);
    given_free(given);
    place_free(&place);
}

/* Closes in the middle of a round, after `slices` of one account each, with folds in between. */
static bool crash_after(struct given *given, const struct place *place, int slices)
{
    bool under_way = true;
    for (int i = 0; i < slices && under_way; i++) {
        under_way = projector_flush(given->projector, 0);
        if (i % 3 == 0)
            assert_true(projector_fold(given->projector, 5) >= 0);
    }
    given_close_views(given, false);
    given_views(given, place->path, PROJECTOR_OK);
    return under_way;
}

static void a_crash_at_any_slice_loses_and_doubles_nothing(void **state)
{
    (void)state;
    bool under_way = true;
    for (int slices = 1; under_way; slices++) {
        struct place place = place_new();
        struct given *given = given_new(place.path);
        given_bank(given, 250, 99);
        given_fold(given);
        given_flush(given);
        given_bank(given, 250, 7);
        assert_true(projector_fold(given->projector, 100) > 0);
        under_way = crash_after(given, &place, slices);
        /* and once more while it folds again what it had */
        assert_true(projector_fold(given->projector, 20) >= 0);
        (void)crash_after(given, &place, 1 + slices % 4);
        check_digest(given);
        given_free(given);
        place_free(&place);
    }
}

static void rows_of_views_that_are_ahead_are_not_folded_twice(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *given = given_new(place.path);
    uint64_t zoe = given_account(given, "Zoë", 5, GIVEN_START);
    uint64_t max =
        given_account_numbered(given, account_from_sequence(100010000), "Max", 5, GIVEN_START);
    given_move(given, zoe, 1, "", GIVEN_START);
    given_fold(given);
    assert_true(projector_flush(given->projector, 0)); /* Zoë's row, and not Max's */
    given_close_views(given, false);
    given_views(given, place.path, PROJECTOR_OK);
    assert_int_equal(projector_seen(given->projector), 0);
    given_move(given, zoe, 1, "", GIVEN_START);
    given_move(given, max, 1, "", GIVEN_START);
    given_fold(given);
    struct account_result out;
    struct account_query args = {.account = zoe};
    assert_int_equal(query_account(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_int_equal(out.balance.minor, 7);
    assert_int_equal(out.version, 6);
    check_digest(given);
    given_free(given);
    place_free(&place);
}

/* Closes the views, lets `spoil` change the file, and expects them to be built anew. */
static void check_rebuilt_after(void (*spoil)(const char *path))
{
    struct place place = place_new();
    struct given *given = given_new(place.path);
    given_bank(given, 400, 5);
    given_fold(given);
    given_close_views(given, true);
    spoil(place.path);
    given_views(given, place.path, PROJECTOR_REBUILT);
    assert_int_equal(projector_seen(given->projector), 0);
    check_digest(given);
    given_close_views(given, true);
    given_views(given, place.path, PROJECTOR_OK);
    given_free(given);
    place_free(&place);
}

static void spoil_missing(const char *path)
{
    assert_int_equal(unlink(path), 0);
}

static void spoil_empty(const char *path)
{
    assert_int_equal(truncate(path, 0), 0);
}

static void spoil_short(const char *path)
{
    assert_int_equal(truncate(path, 8192), 0);
}

static void overwrite(const char *path, off_t at, size_t size)
{
    char junk[512];
    memset(junk, 0xa5, sizeof junk);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0 && size <= sizeof junk);
    assert_int_equal(pwrite(fd, junk, size, at), size);
    close(fd);
}

static void spoil_head(const char *path)
{
    overwrite(path, 0, 100);
}

static void spoil_schema(const char *path)
{
    overwrite(path, 100, 400);
}

static void spoil_text(const char *path)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "not a database\n", 15), 15);
    close(fd);
}

static void spoil_id(const char *path)
{
    execute(path, "PRAGMA application_id=7");
}

static void spoil_older(const char *path)
{
    execute(path, "PRAGMA user_version=0");
}

static void spoil_newer(const char *path)
{
    execute(path, "PRAGMA user_version=1000");
}

static void spoil_hash(const char *path)
{
    execute(path, "UPDATE meta SET hash = randomblob(32)");
}

static void spoil_reached(const char *path)
{
    execute(path, "UPDATE meta SET reached_hash = randomblob(32)");
}

static void spoil_ahead(const char *path)
{
    execute(path, "UPDATE meta SET reached = reached + 1000");
}

static void spoil_meta(const char *path)
{
    execute(path, "DELETE FROM meta");
}

static void spoil_table(const char *path)
{
    execute(path, "DROP TABLE steps");
}

static void set_number(struct views_chunk *chunk)
{
    chunk->rows[chunk->count - 1].sequence++;
}

static void spoil_number(const char *path)
{
    rows_in_file_change(path, set_number);
}

static void set_check_digit(struct views_chunk *chunk)
{
    chunk->rows[0].check = (chunk->rows[0].check + 1) & 15;
}

static void spoil_check_digit(const char *path)
{
    rows_in_file_change(path, set_check_digit);
}

/* So large a digit that the number it makes is the next account's. */
static void set_next_number(struct views_chunk *chunk)
{
    for (unsigned i = 0; i < chunk->count; i++) {
        unsigned next = (unsigned)(account_from_sequence(chunk->rows[i].sequence + 1) % 10);
        if (next <= 5)
            chunk->rows[i].check = (10 + next) & 15;
    }
}

static void spoil_next_number(const char *path)
{
    rows_in_file_change(path, set_next_number);
}

static void set_balance(struct views_chunk *chunk)
{
    chunk->rows[0].balance = money(-1);
}

static void spoil_balance(const char *path)
{
    rows_in_file_change(path, set_balance);
}

static void set_version(struct views_chunk *chunk)
{
    chunk->rows[0].version = 0;
}

static void spoil_version(const char *path)
{
    rows_in_file_change(path, set_version);
}

static void set_record(struct views_chunk *chunk)
{
    chunk->rows[0].last_record = 1000000;
}

static void spoil_record(const char *path)
{
    rows_in_file_change(path, set_record);
}

static void set_sums(struct views_chunk *chunk)
{
    chunk->rows[0].credits_total = money(INT64_MAX);
}

static void spoil_sums(const char *path)
{
    rows_in_file_change(path, set_sums);
}

static void set_currency(struct views_chunk *chunk)
{
    chunk->rows[0].currency = ACCOUNT_ROW_CURRENCY_MAX;
}

static void spoil_currency(const char *path)
{
    rows_in_file_change(path, set_currency);
}

static void set_pending(struct views_chunk *chunk)
{
    chunk->rows[0].pending = 1;
}

static void spoil_pending(const char *path)
{
    rows_in_file_change(path, set_pending);
}

static void swap_rows(struct views_chunk *chunk)
{
    struct account_row last = chunk->rows[chunk->count - 1];
    assert_true(chunk->count > 1);
    chunk->rows[chunk->count - 1] = chunk->rows[0];
    chunk->rows[0] = last;
}

static void spoil_order(const char *path)
{
    rows_in_file_change(path, swap_rows);
}

static void double_row(struct views_chunk *chunk)
{
    assert_true(chunk->count > 1);
    chunk->rows[1] = chunk->rows[0];
}

static void spoil_doubled(const char *path)
{
    rows_in_file_change(path, double_row);
}

static void spoil_chunk(const char *path)
{
    execute(path, "UPDATE accounts SET chunk = -chunk");
}

/* Every chunk twice, which the table of the schema could not hold. */
static void spoil_chunk_twice(const char *path)
{
    execute(path, "ALTER TABLE accounts RENAME TO once;"
                  "CREATE TABLE accounts AS SELECT chunk, rows FROM once "
                  "UNION ALL SELECT chunk, rows FROM once; DROP TABLE once");
}

static void spoil_chunk_length(const char *path)
{
    execute(path, "UPDATE accounts SET rows = substr(rows, 1, length(rows) - 1)");
}

static void spoil_chunk_empty(const char *path)
{
    execute(path, "UPDATE accounts SET rows = x''");
}

static void spoil_chunk_long(const char *path)
{
    execute(path, "UPDATE accounts SET rows = zeroblob(57 * 72)");
}

static void spoil_marked(const char *path)
{
    char marked[128];
    snprintf(marked, sizeof marked, "%s-damaged", path);
    int fd = open(marked, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void views_in_doubt_are_built_anew(void **state)
{
    (void)state;
    void (*const spoils[])(const char *path) = {
        spoil_missing,     spoil_empty,   spoil_short,       spoil_head,         spoil_schema,
        spoil_text,        spoil_id,      spoil_older,       spoil_newer,        spoil_hash,
        spoil_reached,     spoil_ahead,   spoil_meta,        spoil_table,        spoil_number,
        spoil_balance,     spoil_version, spoil_check_digit, spoil_record,       spoil_sums,
        spoil_pending,     spoil_order,   spoil_doubled,     spoil_chunk_length, spoil_chunk_twice,
        spoil_chunk_empty, spoil_chunk,   spoil_marked,      spoil_currency,     spoil_chunk_long,
        spoil_next_number};
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++)
        check_rebuilt_after(spoils[i]);
}

static void views_of_another_journal_are_built_anew(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *first = given_new(place.path);
    given_bank(first, 100, 1);
    given_fold(first);
    given_close_views(first, true);
    struct given *second = given_new(NULL);
    given_bank(second, 200, 2);
    given_close_views(second, false);
    given_views(second, place.path, PROJECTOR_REBUILT);
    check_digest(second);
    given_close_views(second, true);
    given_views(first, place.path, PROJECTOR_REBUILT); /* this journal is the shorter one */
    check_digest(first);
    given_views(second, NULL, PROJECTOR_REBUILT);
    given_free(first);
    given_free(second);
    place_free(&place);
}

static void a_journal_set_back_behind_half_a_round_is_noticed(void **state)
{
    (void)state;
    struct place place = place_new();
    /* both journals begin alike; the views are of the longer one, in the middle of a round */
    struct given *longer = given_new(place.path), *shorter = given_new(NULL);
    given_bank(longer, 100, 1);
    given_bank(shorter, 100, 1);
    given_fold(longer);
    given_flush(longer);
    given_bank(longer, 100, 2);
    given_bank(shorter, 100, 3);
    given_fold(longer);
    assert_true(projector_flush(longer->projector, 0));
    assert_int_equal(projector_flushed(longer->projector), 100);
    given_close_views(longer, false);
    given_close_views(shorter, false);
    given_views(shorter, place.path, PROJECTOR_REBUILT);
    check_digest(shorter);
    given_views(longer, NULL, PROJECTOR_REBUILT);
    given_free(longer);
    given_free(shorter);
    place_free(&place);
}

static void raise_versions(struct views_chunk *chunk)
{
    for (unsigned i = 0; i < chunk->count; i++)
        chunk->rows[i].version = (chunk->rows[i].version + 2) & ACCOUNT_ROW_NUMBER_MAX;
}

static void a_wrong_row_is_noticed_when_the_account_moves(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *given = given_new(place.path);
    given_bank(given, 300, 5);
    given_fold(given);
    given_close_views(given, true);
    rows_in_file_change(place.path, raise_versions);
    given_views(given, place.path, PROJECTOR_OK);
    given_bank(given, 50, 6);
    given_fold(given); /* empties the views and folds them anew */
    check_digest(given);
    given_free(given);
    place_free(&place);
}

static void views_that_cannot_be_emptied_yet_are_emptied_later(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *given = given_new(place.path);
    sqlite3 *other;
    given_bank(given, 300, 3);
    given_fold(given);
    given_flush(given);
    given_bank(given, 300, 4);
    given_fold(given);
    assert_true(projector_flush(given->projector, 0)); /* in the middle of a round */
    struct account_row *wrong = given->projector->memory.accounts.segments[0];
    wrong->version++;
    given_move(given, account_row_number(wrong), 5, "x", given->at + HOUR);
    assert_int_equal(sqlite3_open(place.path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(projector_fold(given->projector, 100), -1);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    check_digest(given);
    assert_int_equal(pending_count(&given->projector->memory.pending), 0);
    given_free(given);
    place_free(&place);
}

static void a_version_the_file_cannot_have_is_noticed(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *given = given_new(place.path);
    uint64_t zoe = given_account(given, "Zoë", 5, GIVEN_START);
    given_fold(given);
    given_close_views(given, true);
    rows_in_file_change(place.path, raise_versions);
    given_views(given, place.path, PROJECTOR_OK);
    given_move(given, zoe, 1, "", GIVEN_START); /* brings just the version the row claims */
    check_digest(given);
    given_free(given);
    place_free(&place);
}

static void a_damaged_page_met_by_a_query_is_unavailable_and_rebuilt_at_the_next_start(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *given = given_new(place.path);
    uint64_t zoe = given_account(given, "Zoë", 1, GIVEN_START);
    for (int i = 0; i < 3000; i++)
        given_move(given, zoe, 1, "", GIVEN_START);
    given_fold(given);
    given_close_views(given, true);
    size_t root = count_rows(place.path, "SELECT rootpage FROM sqlite_schema WHERE name = 'steps'");
    overwrite(place.path, (off_t)(root - 1) * 4096, 100);
    given_views(given, place.path, PROJECTOR_OK);
    struct history_query args = {
        .account = zoe, .given = 1u << HISTORY_BEFORE, .before = given->position / 2};
    struct list_result out;
    assert_int_equal(query_history(given->views, &args, given_ask(given), &out),
                     STATUS_unavailable);
    given_close_views(given, true);
    given_views(given, place.path, PROJECTOR_REBUILT);
    check_digest(given);
    given_free(given);
    place_free(&place);
}

static void a_month_that_cannot_be_is_unavailable_and_rebuilt_at_the_next_start(void **state)
{
    (void)state;
    /* opening 0, one credit of 1, no debits, positions 1 to 2, record 1: 0001010000010101 */
    static const char *const spoils[] = {
        "DELETE FROM months",
        "UPDATE months SET run = x'00010100ffffffffffffffff7f010101'",     /* debits of 2^63 - 1 */
        "UPDATE months SET run = x'000180808080808080808001000000010101'", /* credits of 2^63 */
        "UPDATE months SET run = x'0002010000010101'",                     /* two credits */
        "UPDATE months SET run = x'0001010000010102'",                     /* another record */
        "UPDATE months SET run = x'00010100000101'",     /* an end before its end */
        "UPDATE months SET run = x'000101000001010101'", /* and one behind it */
        "UPDATE months SET run = x''",
        "UPDATE months SET month = month + 1"};
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        struct place place = place_new();
        struct given *given = given_new(place.path);
        uint64_t zoe = given_account(given, "Zoë", 1, GIVEN_START);
        given_move(given, zoe, 1, "", GIVEN_START + 40 * TIME_DAY);
        given_fold(given);
        given_close_views(given, true);
        /* A number would be refused: this finds nothing. */
        execute(place.path, "UPDATE months SET run = 0 WHERE run <> x'0001010000010101'");
        execute(place.path, spoils[i]);
        given_views(given, place.path, PROJECTOR_OK);
        struct statement_query args = {.account = zoe, .month = 2026 * 12};
        struct statement_result out;
        assert_int_equal(query_statement(given->views, &args, given_ask(given), &out),
                         STATUS_unavailable);
        given_close_views(given, true);
        given_views(given, place.path, PROJECTOR_REBUILT);
        given_fold(given);
        assert_int_equal(query_statement(given->views, &args, given_ask(given), &out), STATUS_ok);
        given_free(given);
        place_free(&place);
    }
}

static void an_empty_journal_has_empty_views(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *given = given_new(place.path);
    assert_int_equal(projector_fold(given->projector, 10), 0);
    assert_false(projector_flush(given->projector, 1000));
    given_close_views(given, true);
    given_views(given, place.path, PROJECTOR_OK);
    check_digest(given);
    given_free(given);
    place_free(&place);
}

static void refusals_alone_move_the_checkpoint(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    for (int i = 0; i < 10; i++)
        given_refusal(given, "k", GIVEN_START);
    given_fold(given);
    assert_int_equal(projector_flushed(given->projector), 0);
    given_flush(given);
    assert_int_equal(projector_flushed(given->projector), 10);
    given_free(given);
}

static void a_round_takes_what_was_dirty_when_it_began(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    for (uint32_t i = 0; i < 3; i++)
        given_account_numbered(given, account_from_sequence(100000 + i * 1000), "x", 0,
                               GIVEN_START);
    given_fold(given);
    assert_true(projector_flush(given->projector, 0));
    assert_true(projector_is_flushing(given->projector));
    assert_int_equal(projector_openings(given->projector), 2);
    given_account(given, "x", 0, GIVEN_START);
    given_fold(given);
    assert_true(projector_flush(given->projector, 0));
    assert_false(projector_flush(given->projector, 0)); /* the third and last of this round */
    assert_int_equal(projector_flushed(given->projector), 3);
    assert_int_equal(projector_openings(given->projector), 1);
    given_flush(given);
    assert_int_equal(projector_openings(given->projector), 0);
    given_free(given);
}

static void check_neighbours(bool flushed_again)
{
    struct place place = place_new();
    struct given *given = given_new(place.path);
    uint64_t first = account_from_sequence(VIEWS_CHUNK * 10);
    uint64_t zoe = account_from_sequence(VIEWS_CHUNK * 20);
    uint64_t max = account_from_sequence(VIEWS_CHUNK * 20 + 1);
    uint64_t last = account_from_sequence(VIEWS_CHUNK * 21 - 1);
    given_account_numbered(given, first, "first", 1, GIVEN_START);
    given_account_numbered(given, zoe, "Zoë", 1, GIVEN_START);
    given_account_numbered(given, max, "Max", 1, GIVEN_START);
    given_fold(given);
    given_flush(given);
    given_move(given, first, 1, "", GIVEN_START);
    given_move(given, zoe, 1, "", GIVEN_START);
    given_fold(given);
    assert_true(projector_flush(given->projector, 0)); /* a round of two, of which the first */
    for (int i = 0; i < 70; i++)                       /* more than a step, and months */
        given_move(given, max, 1, "", GIVEN_START + i * 24 * HOUR);
    given_account_numbered(given, last, "last", 1, GIVEN_START);
    given_fold(given);
    assert_int_equal(projector_openings(given->projector), 1);
    assert_false(projector_flush(given->projector, 0));
    assert_int_equal(projector_openings(given->projector), 0);
    assert_int_equal(projector_flushed(given->projector), 5);
    if (flushed_again) { /* Max and the last were to have their turn now */
        given_move(given, max, 1, "", GIVEN_START);
        given_fold(given);
        given_flush(given);
    }
    given_close_views(given, false);
    given_views(given, place.path, PROJECTOR_OK);
    check_digest(given);
    given_free(given);
    place_free(&place);
}

static void what_became_dirty_beside_an_account_goes_with_it(void **state)
{
    (void)state;
    check_neighbours(false);
    check_neighbours(true);
}

static void a_flush_that_fails_is_tried_again(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *given = given_new(place.path);
    sqlite3 *other;
    given_bank(given, 100, 5);
    given_fold(given);
    assert_true(projector_flush(given->projector, 0));
    assert_int_equal(sqlite3_open_v2(place.path, &other, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_false(projector_flush(given->projector, 0));
    assert_false(projector_flush_all(given->projector));
    assert_true(projector_is_flushing(given->projector));
    assert_int_equal(projector_flushed(given->projector), 0);
    given_bank(given, 100, 6);
    given_fold(given); /* goes on meanwhile */
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    given_flush(given);
    check_digest(given);
    given_free(given);
    place_free(&place);
}

static void steps_stand_at_every_64th_event(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *given = given_new(place.path);
    uint64_t even = given_account(given, "even", 99, GIVEN_START); /* versions 2, 4, 6 ... */
    uint64_t odd = given_account(given, "odd", 0, GIVEN_START);    /* versions 1, 3, 5 ... */
    for (int i = 0; i < 96; i++)
        given_transfer(given, even, odd, 1, "", GIVEN_START);
    given_fold(given);
    given_flush(given);
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM steps WHERE account = %llu AND step IN (1, 2, 3)",
             (unsigned long long)even);
    assert_int_equal(count_rows(place.path, sql), 3);
    assert_int_equal(count_rows(place.path, "SELECT count(*) FROM steps"), 6);
    /* even's 64th event is in its 32nd record: the opening and 31 transfers */
    snprintf(sql, sizeof sql, "SELECT record FROM steps WHERE account = %llu AND step = 1",
             (unsigned long long)even);
    assert_int_equal(count_rows(place.path, sql), 2 + 31);
    snprintf(sql, sizeof sql, "SELECT record FROM steps WHERE account = %llu AND step = 1",
             (unsigned long long)odd);
    assert_int_equal(count_rows(place.path, sql), 2 + 32); /* its 64th is that one's first */
    given_free(given);
    place_free(&place);
}

static void views_that_cannot_be_made_fail(void **state)
{
    (void)state;
    struct journal *journal = journal_open_memory();
    struct projector *projector;
    assert_int_equal(projector_open("/tmp/no-such-folder-of-teller/views.db",
                                    journal_reader_open(journal), &projector),
                     PROJECTOR_FAILED);
    assert_null(projector);
    journal_close(&journal);
}

/* A deposit on each of `count` accounts, folded. */
static void given_deposits(struct given *given, size_t count)
{
    for (size_t i = 0; i < count; i++)
        given_move(given, given->accounts[i].account, 1, NULL, 0);
    assert_int_equal(projector_fold(given->projector, count), count);
}

/* Whether it did is not to be seen through a sanitizer's malloc; what it goes by is. */
static void memory_goes_back_once_for_so_many_accounts_when_nothing_is_dirty(void **state)
{
    enum { ACCOUNTS = 128, ROUNDS = 65536 / ACCOUNTS };
    struct given *given = given_new(NULL);
    (void)state;
    for (size_t i = 0; i < ACCOUNTS; i++)
        (void)given_account(given, "Somebody", 0, 0);
    assert_int_equal(projector_fold(given->projector, ACCOUNTS), ACCOUNTS);
    for (size_t round = 1; round < ROUNDS; round++) {
        assert_true(projector_flush_all(given->projector));
        assert_int_equal(given->projector->written_since, round * ACCOUNTS);
        given_deposits(given, ACCOUNTS);
    }
    assert_true(projector_flush(given->projector, 0)); /* one account of the round that fills it */
    given_deposits(given, ACCOUNTS);
    while (projector_flush(given->projector, 0)) {
    }
    assert_int_equal(given->projector->written_since, 65536); /* others are dirty by now */
    assert_true(projector_flush_all(given->projector));
    assert_int_equal(given->projector->written_since, 0);
    given_free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_does_not_depend_on_how_it_was_folded),
        cmocka_unit_test(views_are_taken_up_where_they_were_left),
        cmocka_unit_test(a_crash_at_any_slice_loses_and_doubles_nothing),
        cmocka_unit_test(rows_of_views_that_are_ahead_are_not_folded_twice),
        cmocka_unit_test(views_in_doubt_are_built_anew),
        cmocka_unit_test(views_of_another_journal_are_built_anew),
        cmocka_unit_test(a_journal_set_back_behind_half_a_round_is_noticed),
        cmocka_unit_test(a_wrong_row_is_noticed_when_the_account_moves),
        cmocka_unit_test(views_that_cannot_be_emptied_yet_are_emptied_later),
        cmocka_unit_test(a_version_the_file_cannot_have_is_noticed),
        cmocka_unit_test(
            a_damaged_page_met_by_a_query_is_unavailable_and_rebuilt_at_the_next_start),
        cmocka_unit_test(a_month_that_cannot_be_is_unavailable_and_rebuilt_at_the_next_start),
        cmocka_unit_test(an_empty_journal_has_empty_views),
        cmocka_unit_test(refusals_alone_move_the_checkpoint),
        cmocka_unit_test(a_round_takes_what_was_dirty_when_it_began),
        cmocka_unit_test(what_became_dirty_beside_an_account_goes_with_it),
        cmocka_unit_test(a_flush_that_fails_is_tried_again),
        cmocka_unit_test(steps_stand_at_every_64th_event),
        cmocka_unit_test(views_that_cannot_be_made_fail),
        cmocka_unit_test(memory_goes_back_once_for_so_many_accounts_when_nothing_is_dirty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
