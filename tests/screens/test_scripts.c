/* Key scripts against text screens. tests/screens/scripts/NAME.txt is played at three sizes; what
 * `screen LABEL` shows is held against expected/NAME-LABEL-SIZE.txt. With TELLER_UPDATE=1 in the
 * environment the expected screens are written instead: read the difference before keeping it.
 *
 *   keys TEXT<Enter>   typed, one key after the other    burst TEXT   typed ahead
 *   paste TEXT         a bracketed paste                 size CxR     the window is resized
 *   wait MS            time passes                       bank WORD    how the bank behaves
 *   deposit N MINOR    by somebody else, to account N    restart      kill -9 and a new console
 *   people N           more accounts: "Person 8" and so on
 *   screen LABEL       compare the screen                commands N   executed by the bank so far
 *   shows TEXT         somewhere on the screen           hides TEXT   nowhere on it
 *   disk N             intents on disk                   copied TEXT  into the clipboard
 *   click ROW COLUMN   with the mouse                    wheel up     or down */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <libgen.h>

#include "stage.h"

struct play {
    struct stage stage;
    char name[64];
    int rows, columns; /* the size it is played at */
    int line;
    bool ascii;
};

static const char *folder(void)
{
    static char path[1024];
    (void)snprintf(path, sizeof path, "%s", __FILE__);
    return dirname(path);
}

static bool read_file(const char *path, struct bytes *out)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    char part[4096];
    size_t size;
    bytes_clear(out);
    while ((size = fread(part, 1, sizeof part, file)) > 0) {
        bytes_put(out, part, size);
    }
    (void)fclose(file);
    return !out->overflow;
}

static void write_file(const char *path, const struct bytes *data)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data->data, 1, data->size, file), data->size);
    assert_int_equal(fclose(file), 0);
}

static void compare_screen(struct play *play, const char *label)
{
    char path[2048];
    struct bytes screen;
    struct bytes expected;
    bytes_init(&screen, 1 << 20);
    bytes_init(&expected, 1 << 20);
    (void)snprintf(path, sizeof path, "%s/expected/%s-%s-%dx%d.txt", folder(), play->name, label,
                   play->columns, play->rows);
    stage_screen(&play->stage, &screen);
    if (getenv("TELLER_UPDATE") != NULL) {
        write_file(path, &screen);
    } else if (!read_file(path, &expected)) {
        fail_msg("%s:%d: there is no %s", play->name, play->line, path);
    } else if (screen.size != expected.size ||
               memcmp(screen.data, expected.data, screen.size) != 0) {
        fail_msg("%s:%d: the screen differs from %s:\n%.*s", play->name, play->line, path,
                 (int)screen.size, (const char *)screen.data);
    }
    bytes_close(&screen);
    bytes_close(&expected);
}

static void tell_bank(struct play *play, const char *word)
{
    struct bank *bank = play->stage.bank;
    if (strcmp(word, "silent") == 0) {
        bank_set_silent(bank, true);
    } else if (strcmp(word, "talks") == 0) {
        bank_set_silent(bank, false);
    } else if (strcmp(word, "dead") == 0) {
        bank_set_dead(bank, true);
    } else if (strcmp(word, "alive") == 0) {
        bank_set_dead(bank, false);
    } else if (strcmp(word, "loses-requests") == 0) {
        bank->lose_requests = true;
    } else if (strcmp(word, "loses-replies") == 0) {
        bank->lose_replies = true;
    } else if (strcmp(word, "doubles") == 0) {
        bank->double_replies = true;
    } else if (strcmp(word, "garbles") == 0) {
        bank->garble_replies = true;
    } else if (strcmp(word, "admin") == 0) {
        bank->admin = true;
        bank->dead_deliveries = 1;
    } else if (strcmp(word, "looks-at-few") == 0) {
        bank->examines = 3;
    } else if (strcmp(word, "printer") == 0) {
        play->stage.paper.paper.prints = true;
    } else if (strcmp(word, "no-paper") == 0) {
        play->stage.paper.fails = true;
    } else if (strcmp(word, "locked") == 0) {
        bank->auth = "tk_right";
    } else {
        assert_string_equal(word, "sound");
        bank->lose_requests = bank->lose_replies = false;
        bank->double_replies = bank->garble_replies = false;
    }
}

static void deposit(struct play *play, const char *rest)
{
    size_t index = 0;
    long long minor = 0;
    assert_int_equal(sscanf(rest, "%zu %lld", &index, &minor), 2);
    assert_true(index < play->stage.bank->account_count);
    stage_move(&play->stage, OP_DEPOSIT_MONEY, play->stage.bank->accounts[index].result.account,
               minor, "by somebody else", NULL);
    stage_settle(&play->stage);
}

static void people(struct play *play, const char *rest)
{
    struct bank *bank = play->stage.bank;
    for (int i = 0; i < atoi(rest); i++) {
        char owner[32];
        int size = snprintf(owner, sizeof owner, "Person %zu", bank->account_count + 1);
        (void)bank_open_account(bank, (struct text){owner, (size_t)size}, 978,
                                (struct money){100 * i});
    }
    bank_news(bank);
    stage_settle(&play->stage);
}

static void use_mouse(struct play *play, const char *word, const char *rest)
{
    struct term_key key = {.code = strcmp(rest, "up") == 0 ? TERM_WHEEL_UP : TERM_WHEEL_DOWN};
    if (strcmp(word, "click") == 0) {
        key.code = TERM_CLICK;
        assert_int_equal(sscanf(rest, "%hd %hd", &key.row, &key.column), 2);
    }
    term_grid_key(play->stage.term, key);
    stage_settle(&play->stage);
}

static void resize(struct play *play, const char *rest)
{
    int columns = 0;
    int rows = 0;
    assert_int_equal(sscanf(rest, "%dx%d", &columns, &rows), 2);
    term_grid_resize(play->stage.term, rows, columns);
    stage_settle(&play->stage);
}

static void expect(struct play *play, const char *word, const char *rest)
{
    if (strcmp(word, "screen") == 0) {
        compare_screen(play, rest);
    } else if (strcmp(word, "commands") == 0) {
        if (play->stage.bank->commands != (size_t)atoi(rest)) {
            fail_msg("%s:%d at %dx%d: %zu commands", play->name, play->line, play->columns,
                     play->rows, play->stage.bank->commands);
        }
    } else if (strcmp(word, "disk") == 0) {
        if (stage_on_disk(&play->stage) != (size_t)atoi(rest)) {
            fail_msg("%s:%d: %zu intents on disk", play->name, play->line,
                     stage_on_disk(&play->stage));
        }
    } else if (strcmp(word, "copied") == 0) {
        struct text copied = term_grid_copied(play->stage.term);
        if (!text_is(copied, rest)) {
            fail_msg("%s:%d: copied %.*s", play->name, play->line, TEXT_ARGS(copied));
        }
    } else if (stage_shows(&play->stage, rest) != (strcmp(word, "shows") == 0)) {
        struct bytes screen;
        bytes_init(&screen, 1 << 20);
        stage_screen(&play->stage, &screen);
        print_error("%.*s", (int)screen.size, (const char *)screen.data);
        bytes_close(&screen);
        fail_msg("%s:%d at %dx%d: %s %s", play->name, play->line, play->columns, play->rows, word,
                 rest);
    }
}

static void act(struct play *play, const char *word, const char *rest)
{
    if (strcmp(word, "keys") == 0) {
        stage_keys(&play->stage, rest, false);
    } else if (strcmp(word, "burst") == 0) {
        stage_burst(&play->stage, rest);
    } else if (strcmp(word, "paste") == 0) {
        stage_keys(&play->stage, rest, true);
    } else if (strcmp(word, "wait") == 0) {
        stage_advance(&play->stage, atoi(rest));
    } else if (strcmp(word, "size") == 0) {
        resize(play, rest);
    } else if (strcmp(word, "bank") == 0) {
        tell_bank(play, rest);
        stage_settle(&play->stage);
    } else if (strcmp(word, "deposit") == 0) {
        deposit(play, rest);
    } else if (strcmp(word, "click") == 0 || strcmp(word, "wheel") == 0) {
        use_mouse(play, word, rest);
    } else if (strcmp(word, "people") == 0) {
        people(play, rest);
    } else if (strcmp(word, "restart") == 0) {
        stage_stop(&play->stage);
        stage_start(&play->stage, play->rows, play->columns, play->ascii);
    } else {
        expect(play, word, rest);
    }
}

static void play_script(const char *name, int columns, int rows, bool ascii)
{
    struct play play = {.rows = rows, .columns = columns, .ascii = ascii};
    char path[2048];
    char line[1024];
    (void)snprintf(play.name, sizeof play.name, "%s", name);
    (void)snprintf(path, sizeof path, "%s/scripts/%s.txt", folder(), name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    stage_open(&play.stage);
    stage_start(&play.stage, rows, columns, ascii);
    while (fgets(line, sizeof line, file) != NULL) {
        play.line++;
        line[strcspn(line, "\n")] = '\0';
        char *rest = strchr(line, ' ');
        if (line[0] == '#' || line[0] == '\0') {
            continue;
        }
        if (rest != NULL) {
            *rest++ = '\0';
        }
        act(&play, line, rest != NULL ? rest : "");
    }
    (void)fclose(file);
    stage_close(&play.stage);
}

static void every_script_gives_its_screens_at_every_size(void **state)
{
    static const int sizes[][2] = {{80, 24}, {120, 40}, {40, 12}};
    char path[1100];
    size_t scripts = 0;
    (void)state;
    (void)snprintf(path, sizeof path, "%s/scripts", folder());
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || strcmp(dot, ".txt") != 0) {
            continue;
        }
        *dot = '\0';
        const char *only = getenv("TELLER_SCRIPT");
        if (only != NULL && strcmp(only, entry->d_name) != 0) {
            continue;
        }
        scripts++;
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            play_script(entry->d_name, sizes[i][0], sizes[i][1],
                        strstr(entry->d_name, "ascii") != NULL);
        }
    }
    (void)closedir(dir);
    assert_true(scripts > 0);
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_script_gives_its_screens_at_every_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
