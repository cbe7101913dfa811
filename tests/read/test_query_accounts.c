#include "given.h"

#include <sqlite3.h>

#include "base/utf8.h"
#include "read/search.h"

/* The numbers a search lists, in order, all pages; total as the first page told it. */
static size_t list_all(struct given *given, const char *search, uint64_t limit, uint64_t *out,
                       size_t max, uint64_t *total)
{
    struct list_accounts args = {.given = 1u << LIST_ACCOUNTS_LIMIT, .limit = limit};
    size_t count = 0;
    if (search != NULL) {
        args.given |= 1u << LIST_ACCOUNTS_SEARCH;
        args.search = text_of(search);
    }
    for (bool first = true;; first = false) {
        struct list_result page;
        assert_int_equal(query_accounts(given->views, &args, given_ask(given), &page), STATUS_ok);
        const struct account_result *items = page.data.items;
        assert_true(page.data.count <= limit);
        if (first)
            *total = page.total;
        for (size_t i = 0; i < page.data.count; i++) {
            assert_true(count < max);
            out[count++] = items[i].account;
        }
        assert_true(page.has_more == (page.next.data != NULL));
        if (!page.has_more)
            return count;
        assert_int_equal(page.data.count, limit);
        args.after = items[page.data.count - 1].account;
        args.given |= 1u << LIST_ACCOUNTS_AFTER;
    }
}

static const char *const owners[] = {
    "Zoë Müller",
    "zoe mueller",
    "Ángel Núñez de la Peña",
    "O'Brien, Siobhán",
    "李小龍",
    "Łukasz Żółć",
    "Ilker İpek",
    "STRASSE Gmbh & Co. KG",
    "Straße 12",
    "ﬁscher",
    "Ana-María",
    "  a  ",
    "???",
    "Анна Каренина",
    "ΑΘΗΝΑ",
    "zo",
    "Zoe",
    "z",
    "100 Drachmen",
    "محمد",
};
#define OWNERS (sizeof owners / sizeof owners[0])

static const struct {
    const char *search;
    int hits[8]; /* indices of owners + 1, ascending; 0 ends */
} searches[] = {
    {"zoe", {1, 2, 17}},
    {"ZOË", {1, 2, 17}},
    {"zo", {1, 2, 6, 16, 17}},
    {"zo mu", {1, 2}},
    {"mu zo", {1, 2}},
    {"muller zoe", {1}},
    {"zoe zo z mue", {2}},
    {"nunez", {3}},
    {"de la pena", {3}},
    {"obrien", {0}},
    {"o brien", {4}},
    {"O'Brien", {4}},
    {"siobhan!", {4}},
    {"李", {5}},
    {"李小", {5}},
    {"小", {0}},
    {"lukasz zolc", {6}},
    {"ilker ipek", {7}},
    {"strasse", {8, 9}},
    {"stras", {8, 9}},
    {"straße", {8, 9}},
    {"fisch", {10}},
    {"maria", {11}},
    {"анна", {14}},
    {"АННА кар", {14}},
    {"αθηνα", {15}},
    {"محمد", {20}},
    {"\"", {0}},
    {"*", {0}},
    {"-", {0}},
    {"zoe\" OR \"a", {0}},
    {"zoe OR z", {0}},
    {"zoe AND mueller", {0}},
    {"NEAR(zoe mueller)", {0}},
    {"words:zoe", {0}},
    {"zoe*", {1, 2, 17}},
    {"^zoe", {1, 2, 17}},
    {"(zoe)", {1, 2, 17}},
    {"zoe;--", {1, 2, 17}},
    {"100000161", {9}}, /* the ninth account by its number */
};

static void check_searches(struct given *given, const uint64_t *accounts)
{
    for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++) {
        uint64_t got[OWNERS], total;
        size_t expected = 0;
        while (searches[i].hits[expected] != 0)
            expected++;
        size_t count = list_all(given, searches[i].search, 2, got, OWNERS, &total);
        if (count != expected)
            fail_msg("'%s' finds %zu accounts instead of %zu", searches[i].search, count, expected);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(got[k], accounts[searches[i].hits[k] - 1]);
        assert_int_equal(total, expected);
    }
}

static void a_search_finds_the_same_in_memory_and_in_the_file(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t accounts[OWNERS];
    for (size_t i = 0; i < OWNERS; i++)
        accounts[i] = given_account(given, owners[i], 0, GIVEN_START);
    assert_int_equal(accounts[8], account_from_sequence(100000161));
    given_fold(given);
    check_searches(given, accounts);
    /* half of them flushed, then all */
    while (projector_openings(given->projector) > OWNERS / 2)
        assert_true(projector_flush(given->projector, 0));
    check_searches(given, accounts);
    given_flush(given);
    check_searches(given, accounts);
    given_free(given);
}

static void hostile_searches_find_words_or_nothing(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "\"", "*", "(", ")",  "zoe", " ", "OR", "AND",          "NOT", "^", ":", "{",
        "}",  "-", "+", "\\", "'",   "é", "´",  "\xe2\x80\xae", "1",   "0", "a"};
    struct given *given = given_new(NULL);
    for (size_t i = 0; i < OWNERS; i++)
        given_account(given, owners[i], 0, GIVEN_START);
    given_fold(given);
    unsigned random = 12345;
    for (int round = 0; round < 2000; round++) {
        char search[128] = "";
        for (int k = 0; k < 1 + round % 9; k++) {
            random = random * 1103515245u + 12345u;
            strcat(search, pieces[(random >> 16) % (sizeof pieces / sizeof pieces[0])]);
        }
        uint64_t memory[OWNERS], file[OWNERS], memory_total, file_total;
        size_t count = list_all(given, search, 1000, memory, OWNERS, &memory_total);
        if (round == 1000)
            given_flush(given);
        assert_int_equal(list_all(given, search, 1000, file, OWNERS, &file_total), count);
        assert_int_equal(memory_total, file_total);
        assert_memory_equal(memory, file, count * sizeof *memory);
    }
    given_free(given);
}

/* Random owners and everything that may be typed to find them, letter by letter, against a plain
 * look through all of them: short words, numbers as names, words longer than the index knows. */
static const char *const parts[] = {"a",
                                    "ab",
                                    "abcdefghijklm",
                                    "abcdefghijklmn",
                                    "abcdefghijklmno",
                                    "abcdefghijklmnop",
                                    "1",
                                    "10",
                                    "1000",
                                    "100000001",
                                    "1000000016",
                                    "10000000161",
                                    "zoe",
                                    "zoë",
                                    "zoology",
                                    "0",
                                    "99",
                                    "999999999999",
                                    "łódź",
                                    "李小龍"};
#define PARTS (sizeof parts / sizeof parts[0])

static bool is_found(const char *owner, uint64_t account, const char *search)
{
    struct bytes text, query;
    bytes_init(&text, 4096);
    bytes_init(&query, 4096);
    utf8_fold(text_of(owner), &text);
    bytes_print(&text, " %010llu", (unsigned long long)account);
    utf8_fold(text_of(search), &query);
    bool found = query.size > 0 && utf8_words_match(bytes_text(&text), bytes_text(&query));
    bytes_close(&text);
    bytes_close(&query);
    return found;
}

static void what_is_typed_finds_what_a_look_through_all_finds(void **state)
{
    (void)state;
    enum { MANY = 400, SEARCHES = 700 };
    static char names[MANY][128];
    uint64_t accounts[MANY], got[MANY], total;
    unsigned random = 99;
    struct given *given = given_new(NULL);
    for (int i = 0; i < MANY; i++) {
        names[i][0] = '\0';
        for (int k = 0; k < 1 + i % 4; k++) {
            random = random * 1103515245u + 12345u;
            strcat(strcat(names[i], " "), parts[(random >> 16) % PARTS]);
        }
        uint32_t sequence = i % 3 == 0 ? 100000001 + (uint32_t)i : 1000 + (uint32_t)i * 2477003;
        accounts[i] = given_account_numbered(given, account_from_sequence(sequence), names[i], 0,
                                             GIVEN_START);
    }
    given_fold(given);
    for (int round = 0; round < SEARCHES; round++) {
        char search[128] = "";
        for (int k = 0; k < 1 + round % 3; k++) {
            random = random * 1103515245u + 12345u;
            strcat(strcat(search, " "), parts[(random >> 16) % PARTS]);
        }
        size_t size = 2 + (random >> 8) % (strlen(search) - 1);
        while (size < strlen(search) && (search[size] & 0xc0) == 0x80)
            size++; /* whole letters */
        search[size] = '\0';
        if (round == SEARCHES / 3)
            assert_true(projector_flush(given->projector, 1)); /* some */
        if (round == SEARCHES / 2)
            given_flush(given);
        size_t count = list_all(given, search, 1 + (random >> 20) % 9 * 20, got, MANY, &total),
               due = 0;
        for (int i = 0; i < MANY; i++)
            due += is_found(names[i], accounts[i], search);
        if (count != due || total != due)
            fail_msg("'%s' finds %zu of %zu, round %d", search, count, due, round);
        for (size_t i = 1; i < count; i++)
            assert_true(got[i - 1] < got[i]);
        for (int i = 0; i < MANY; i++) {
            bool listed = false;
            for (size_t k = 0; k < count; k++)
                listed = listed || got[k] == accounts[i];
            assert_int_equal(listed, is_found(names[i], accounts[i], search));
        }
    }
    given_free(given);
}

static void numbers_are_found_by_their_beginning(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t got[64], total;
    for (int i = 0; i < 25; i++)
        given_account(given, "x", 0, GIVEN_START);
    given_account_numbered(given, account_from_sequence(77), "x", 0, GIVEN_START);
    given_fold(given);
    for (int flushed = 0; flushed < 2; flushed++) {
        assert_int_equal(list_all(given, "10000", 10, got, 64, &total), 25);
        assert_int_equal(list_all(given, "1000001", 10, got, 64, &total), 5);
        assert_int_equal(list_all(given, "00000007", 10, got, 64, &total), 1);
        assert_int_equal(got[0], account_from_sequence(77));
        assert_int_equal(list_all(given, "77", 10, got, 64, &total), 0);
        assert_int_equal(list_all(given, "10000 x", 10, got, 64, &total), 25);
        given_flush(given);
    }
    given_free(given);
}

static void without_words_all_accounts_are_listed_by_number(void **state)
{
    (void)state;
    static const char *const all[] = {NULL, "", "   "};
    struct given *given = given_new(NULL);
    uint64_t got[300], total;
    for (int i = 0; i < 100; i++) /* opened in no order */
        given_account_numbered(given,
                               account_from_sequence(100000001 + (uint32_t)(i * 37 % 100 * 30)),
                               "x", i, GIVEN_START);
    given_fold(given);
    for (int part = 0; part < 3; part++) {
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            for (uint64_t limit = 1; limit <= 101; limit += 20) {
                assert_int_equal(list_all(given, all[i], limit, got, 300, &total), 100);
                assert_int_equal(total, 100);
                for (uint32_t k = 0; k < 100; k++)
                    assert_int_equal(got[k], account_from_sequence(100000001 + k * 30));
            }
        }
        /* then half of what is folded in the file, then all of it */
        for (int k = 0; part == 0 && k < 27; k++)
            assert_true(projector_flush(given->projector, 0));
        if (part == 1)
            given_flush(given);
    }
    given_free(given);
}

static void a_listed_account_is_as_it_stands_now(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 10, GIVEN_START);
    given_fold(given);
    given_flush(given);
    given_move(given, zoe, 5, "", GIVEN_START + HOUR);
    given_fold(given);
    struct list_accounts args = {0};
    struct list_result out;
    assert_int_equal(query_accounts(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_int_equal(out.data.count, 1);
    const struct account_result *items = out.data.items;
    assert_int_equal(items[0].balance.minor, 15);
    assert_int_equal(items[0].version, 4);
    assert_int_equal(items[0].position, 4);
    assert_true(text_is(items[0].owner, "Zoë"));
    assert_int_equal(items[0].opened_at, given->records[0].at);
    given_free(given);
}

static void more_than_ten_thousand_matches_are_not_counted(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t total = 0, *got = calloc(10002, sizeof *got);
    /* the journal is filled without the model, which is not made for so many */
    for (uint32_t i = 0; i < 10001; i++) {
        struct record record = {.kind = RECORD_ACCOUNT_CREATED,
                                .op = RECORD_OP_CREATE_ACCOUNT,
                                .currency = EUR,
                                .owner = given_text(i == 10000 ? "last of all" : "common"),
                                .leg_count = 1};
        given->account_count = 1;
        given->accounts[0] = (struct given_account){.account = account_from_sequence(i + 1)};
        record.legs[0].account = given->accounts[0].account;
        given_append(given, &record, GIVEN_START);
        if (i == 5000) {
            given_fold(given);
            given_flush(given);
        }
    }
    given_fold(given);
    for (int flushed = 0; flushed < 2; flushed++) {
        assert_int_equal(list_all(given, "common", 1000, got, 10002, &total), 10000);
        assert_int_equal(total, 10000);
        assert_int_equal(list_all(given, NULL, 1000, got, 10002, &total), 10001);
        assert_true(total == LIST_TOTAL_UNKNOWN);
        /* by number, by number and name, by two words that only names have */
        assert_int_equal(list_all(given, "0", 1000, got, 10002, &total), 10001);
        assert_true(total == LIST_TOTAL_UNKNOWN);
        assert_int_equal(list_all(given, "com 0", 1000, got, 10002, &total), 10000);
        assert_int_equal(total, 10000);
        assert_int_equal(list_all(given, "a l", 1000, got, 10002, &total), 1);
        assert_int_equal(total, 1);
        given_flush(given);
    }
    free(got);
    given_free(given);
}

/* Between the commit of a slice and the moment memory forgets what it wrote, both have it. */
static void an_account_in_memory_and_in_the_file_is_listed_once(void **state)
{
    (void)state;
    char folder[] = "/tmp/teller-read-XXXXXX", path[64], sql[512];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/views.db", folder);
    struct given *given = given_new(path);
    uint64_t accounts[3], got[8], total;
    for (int i = 0; i < 3; i++)
        accounts[i] = given_account(given, "zoe", 0, GIVEN_START);
    given_fold(given);
    sqlite3 *handle;
    assert_int_equal(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    snprintf(sql, sizeof sql,
             "INSERT INTO owners VALUES (%llu, 5, 'zoe');"
             "INSERT INTO search (rowid, words) VALUES (%llu, 'zoe')",
             (unsigned long long)accounts[1], (unsigned long long)accounts[1]);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    for (uint64_t limit = 1; limit < 5; limit++) {
        assert_int_equal(list_all(given, "zoe", limit, got, 8, &total), 3);
        assert_int_equal(total, 3);
        assert_int_equal(list_all(given, NULL, limit, got, 8, &total), 3);
        assert_int_equal(total, 3);
    }
    given_free(given);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

static void a_search_keeps_only_words_that_say_something(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words, *expression;
        bool everything, nothing;
    } cases[] = {
        {"", "", "", true, false},
        {"  ", "", "", true, false},
        {"%&/", "", "", false, true},
        {"Zoë", "zoe", "\"zoe\"* ", false, false},
        {"zoe Zoë ZO z", "zoe", "\"zoe\"* ", false, false},
        {"z zoe anna an", "zoe anna", "\"zoe\"* \"anna\"* ", false, false},
        {"a b a b", "a b", "\"a\"* \"b\"* ", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena;
        struct search search;
        arena_init(&arena, 0);
        assert_true(search_parse(text_of(cases[i].text), &arena, &search));
        assert_int_equal(search.everything, cases[i].everything);
        assert_int_equal(search.nothing, cases[i].nothing);
        assert_int_equal(search.words.size, strlen(cases[i].words));
        assert_true(search.words.size == 0 || text_is(search.words, cases[i].words));
        assert_string_equal(search.expression, cases[i].expression);
        arena_close(&arena);
    }
}

static void an_answer_beyond_the_arena_is_unavailable(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    for (int i = 0; i < 500; i++)
        given_account(given, "somebody with a name of some length", 0, GIVEN_START);
    given_fold(given);
    for (size_t limit = 2048; limit < 200000; limit += 9973) {
        struct list_accounts args = {.given = 1u << LIST_ACCOUNTS_LIMIT, .limit = 400};
        struct list_result out;
        arena_close(&given->arena);
        arena_init(&given->arena, limit);
        enum status status = query_accounts(given->views, &args, given_ask(given), &out);
        assert_int_equal(given->problem.status, status);
        assert_int_equal(status, limit < 40000 ? STATUS_unavailable : status);
    }
    given_free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_finds_the_same_in_memory_and_in_the_file),
        cmocka_unit_test(hostile_searches_find_words_or_nothing),
        cmocka_unit_test(what_is_typed_finds_what_a_look_through_all_finds),
        cmocka_unit_test(numbers_are_found_by_their_beginning),
        cmocka_unit_test(without_words_all_accounts_are_listed_by_number),
        cmocka_unit_test(a_listed_account_is_as_it_stands_now),
        cmocka_unit_test(more_than_ten_thousand_matches_are_not_counted),
        cmocka_unit_test(an_account_in_memory_and_in_the_file_is_listed_once),
        cmocka_unit_test(a_search_keeps_only_words_that_say_something),
        cmocka_unit_test(an_answer_beyond_the_arena_is_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
