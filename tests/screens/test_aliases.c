/* Every function key has a plain alias, on every screen, and every key its line in the help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "screens/console.h"

static bool is_function(int32_t code)
{
    return code > TERM_F0 && code <= TERM_F12;
}

static bool is_plain(int32_t code)
{
    return code != 0 && !is_function(code);
}

/* The alias may stand in another row that does the same. */
static void check(const char *name, const struct action *actions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool function = is_function(actions[i].key) || is_function(actions[i].alias);
        bool plain = false;
        for (size_t j = 0; j < count; j++) {
            plain = plain || (actions[j].run == actions[i].run &&
                              (is_plain(actions[j].key) || is_plain(actions[j].alias)));
        }
        if (function && !plain) {
            fail_msg("%s: '%s' has function keys only", name, actions[i].help);
        }
        if (actions[i].help == NULL || actions[i].help[0] == '\0') {
            fail_msg("%s: a key that the help says nothing of", name);
        }
    }
}

static void every_function_key_has_a_plain_alias(void **state)
{
    (void)state;
    check("console", console_actions, console_action_count);
    for (size_t id = 0; id < SCREEN_COUNT; id++) {
        check(screens_all[id]->name, screens_all[id]->actions, screens_all[id]->action_count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_function_key_has_a_plain_alias)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
