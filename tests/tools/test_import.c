/* Importing over a journal whose commands an older program sealed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/account_number.h"
#include "contract/args.h"
#include "domain/decide.h"
#include "host/digest.h"
#include "tools/tools.h"
#include "write/engine.h"

#define AT_2020 INT64_C(1577865600000000) /* 2020-01-01T08:00:00Z */

static const char LINES[] =
    "{\"at\":\"2020-01-01T08:00:00Z\",\"op\":\"CreateAccount\",\"key\":\"a\",\"args\":"
    "{\"account\":\"1000000016\",\"owner\":\"Ada\",\"currency\":\"EUR\"}}\n"
    "{\"at\":\"2020-01-01T08:00:00Z\",\"op\":\"DepositMoney\",\"key\":\"d\",\"args\":"
    "{\"account\":\"1000000016\",\"amount\":%d}}\n";

struct place {
    char folder[64], journal[96], file[96];
};

static void write_file(const char *path, int amount)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fprintf(file, LINES, amount) > 0);
    assert_int_equal(fclose(file), 0);
}

/* As it was before digests were of SHA-256. */
static void seal_as_before(struct engine_command *command)
{
    uint8_t room[512];
    struct bytes canonical = {.data = room, .capacity = sizeof room, .max = sizeof room};
    decider_of(command->op)->canonical(command->args, &canonical);
    assert_false(canonical.overflow);
    digest_once(canonical.data, canonical.size, command->digest, RECORD_DIGEST_SIZE);
    command->sealed = true;
}

static void import_as_before(const char *path)
{
    struct create_account opening = {
        .account = account_from_sequence(100000001), .owner = TEXT("Ada"), .currency = 978};
    struct move_money deposit = {
        .account = opening.account, .amount = money(5), .reference = TEXT("")};
    struct engine_command commands[] = {
        {.op = OP_CREATE_ACCOUNT, .args = &opening, .key = TEXT("a"), .at = AT_2020},
        {.op = OP_DEPOSIT_MONEY, .args = &deposit, .key = TEXT("d"), .at = AT_2020},
    };
    struct engine_request request = {.actor = TEXT("import"),
                                     .principal = TEXT("import"),
                                     .channel = CHANNEL_IMPORT,
                                     .count = 2,
                                     .commands = commands};
    struct engine_config config = {.clock = clock_system(), .entropy = entropy_system()};
    assert_int_equal(journal_open_sqlite(path, &config.journal), JOURNAL_OPEN_OK);
    struct engine *engine = engine_open(&config);
    assert_non_null(engine);
    for (size_t i = 0; i < request.count; i++) {
        seal_as_before(&commands[i]);
    }
    engine_run(engine, &request);
    assert_int_equal(commands[0].verdict, VERDICT_ACCEPTED);
    assert_int_equal(commands[1].verdict, VERDICT_ACCEPTED);
    engine_close(&engine, false);
    journal_close(&config.journal);
}

static void then_import_says(struct place *place, const char *expected)
{
    char said[128] = "", out[128];
    char *argv[] = {"import", "--data", place->folder, place->file, NULL};
    (void)snprintf(out, sizeof out, "%s/out", place->folder);
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    assert_non_null(freopen(out, "w", stdout));
    optind = 0;
    int code = tool_import(4, argv);
    (void)fflush(stdout);
    assert_int_not_equal(dup2(kept, STDOUT_FILENO), -1);
    assert_int_equal(close(kept), 0);
    assert_int_equal(code, EX_OK);
    FILE *file = fopen(out, "rb");
    assert_non_null(file);
    assert_true(fread(said, 1, sizeof said - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(said, expected);
}

static void what_an_older_program_imported_is_replayed(void **state)
{
    (void)state;
    struct place place = {.folder = "/tmp/teller-test-XXXXXX"};
    assert_non_null(mkdtemp(place.folder));
    (void)snprintf(place.journal, sizeof place.journal, "%s/journal.db", place.folder);
    (void)snprintf(place.file, sizeof place.file, "%s/lines", place.folder);
    import_as_before(place.journal);
    write_file(place.file, 5);
    then_import_says(&place, "imported=0 refused=0 replayed=2\n");
    write_file(place.file, 6); /* another command under the key */
    then_import_says(&place, "imported=0 refused=1 replayed=1\n");
    char command[96];
    (void)snprintf(command, sizeof command, "rm -r %s", place.folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_older_program_imported_is_replayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
