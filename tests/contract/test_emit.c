#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "contract/emit.h"
#include "contract/generate.h"

#define LEVELS_MAX 16

/* An emitter that writes nothing and believes nothing: counts announced ahead must be kept, keys
 * stand before the values of maps and nowhere else, and nothing is left open. */
struct auditor {
    struct emitter emitter;
    struct {
        bool is_map, has_key;
        size_t announced, seen;
    } levels[LEVELS_MAX];
    size_t depth;
    size_t values;
};

static struct auditor *self(struct emitter *emitter)
{
    return (struct auditor *)emitter;
}

static void count_value(struct emitter *emitter)
{
    struct auditor *auditor = self(emitter);
    auditor->values++;
    if (auditor->depth == 0)
        return;
    assert_int_equal(auditor->levels[auditor->depth - 1].is_map,
                     auditor->levels[auditor->depth - 1].has_key);
    auditor->levels[auditor->depth - 1].has_key = false;
    auditor->levels[auditor->depth - 1].seen++;
}

static void open_level(struct emitter *emitter, bool is_map, size_t count)
{
    struct auditor *auditor = self(emitter);
    count_value(emitter);
    assert_true(auditor->depth < LEVELS_MAX);
    auditor->levels[auditor->depth].is_map = is_map;
    auditor->levels[auditor->depth].has_key = false;
    auditor->levels[auditor->depth].announced = count;
    auditor->levels[auditor->depth++].seen = 0;
}

static void close_level(struct emitter *emitter, bool is_map)
{
    struct auditor *auditor = self(emitter);
    assert_true(auditor->depth > 0);
    auditor->depth--;
    assert_int_equal(auditor->levels[auditor->depth].is_map, is_map);
    assert_false(auditor->levels[auditor->depth].has_key);
    assert_int_equal(auditor->levels[auditor->depth].announced,
                     auditor->levels[auditor->depth].seen);
}

static void audit_map(struct emitter *emitter, size_t entries)
{
    open_level(emitter, true, entries);
}

static void audit_map_end(struct emitter *emitter)
{
    close_level(emitter, true);
}

static void audit_list(struct emitter *emitter, size_t items)
{
    open_level(emitter, false, items);
}

static void audit_list_end(struct emitter *emitter)
{
    close_level(emitter, false);
}

static void audit_key(struct emitter *emitter, struct text key)
{
    struct auditor *auditor = self(emitter);
    assert_true(key.size > 0 && auditor->depth > 0);
    assert_true(auditor->levels[auditor->depth - 1].is_map);
    assert_false(auditor->levels[auditor->depth - 1].has_key);
    auditor->levels[auditor->depth - 1].has_key = true;
}

static void audit_text(struct emitter *emitter, struct text text)
{
    assert_non_null(text.data);
    count_value(emitter);
}

static void audit_integer(struct emitter *emitter, int64_t value)
{
    (void)value;
    count_value(emitter);
}

static void audit_natural(struct emitter *emitter, uint64_t value)
{
    (void)value;
    count_value(emitter);
}

static void audit_boolean(struct emitter *emitter, bool value)
{
    (void)value;
    count_value(emitter);
}

static const struct emitter audit = {
    .map = audit_map,
    .map_end = audit_map_end,
    .list = audit_list,
    .list_end = audit_list_end,
    .key = audit_key,
    .text = audit_text,
    .integer = audit_integer,
    .natural = audit_natural,
    .boolean = audit_boolean,
    .null = count_value,
};

static void counts_announced_are_kept_for_every_shape(void **state)
{
    struct arena arena;
    struct generator from = {.state = 5, .arena = &arena};
    (void)state;
    arena_init(&arena, 0);
    for (unsigned round = 0; round < 50; round++) {
        for (size_t i = 0; i < GENERATE_RESULTS; i++) {
            struct auditor auditor = {.emitter = audit};
            emit_any(&auditor.emitter, generate_any(&from, generate_results[i], false));
            assert_int_equal(auditor.depth, 0);
            assert_true(auditor.values > 1);
        }
        for (unsigned op = 0; op < OP_COUNT; op++) {
            struct auditor auditor = {.emitter = audit};
            const struct shape *shape = message_of((enum op)op)->args;
            emit_args(&auditor.emitter, shape, generate_any(&from, shape, true).value);
            assert_int_equal(auditor.depth, 0);
        }
        arena_reset(&arena);
    }
    arena_close(&arena);
}

static void counts_announced_are_kept_for_every_problem(void **state)
{
#define STATUS_VALUE(name, number, http, title, detail) STATUS_##name,
    static const enum status statuses[] = {STATUS_TABLE(STATUS_VALUE)};
    (void)state;
    for (size_t i = 1; i < sizeof statuses / sizeof statuses[0]; i++) {
        for (unsigned bits = 0; bits < 16; bits++) {
            struct auditor auditor = {.emitter = audit};
            struct problem problem = {.status = statuses[i]};
            if ((bits & 1) != 0)
                problem_at(&problem, STATUS_ok, "#/x", "bad");
            if ((bits & 2) != 0)
                problem.retry_after_s = 1;
            emit_problem(&auditor.emitter, &problem,
                         (bits & 4) != 0 ? TEXT("id") : (struct text){0}, (bits & 8) != 0);
            assert_int_equal(auditor.depth, 0);
        }
    }
}

static void no_result_is_null(void **state)
{
    struct auditor auditor = {.emitter = audit};
    (void)state;
    emit_any(&auditor.emitter, (struct any){0});
    assert_int_equal(auditor.values, 1);
    assert_int_equal(auditor.depth, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_announced_are_kept_for_every_shape),
        cmocka_unit_test(counts_announced_are_kept_for_every_problem),
        cmocka_unit_test(no_result_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
