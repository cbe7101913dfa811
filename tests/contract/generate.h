/* Values for any shape from a seeded generator, and their comparison: what codecs are tried with.
 * Everything generated is sound: in bounds, valid UTF-8, and only the fields that are written. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/account_number.h"
#include "base/arena.h"
#include "base/currency.h"
#include "base/time.h"
#include "contract/bind.h"
#include "contract/messages.h"
#include "contract/results.h"
#include "contract/shape.h"

struct generator {
    uint64_t state;
    struct arena *arena;
};

static inline uint64_t generate_number(struct generator *from)
{
    from->state ^= from->state << 13;
    from->state ^= from->state >> 7;
    from->state ^= from->state << 17;
    return from->state;
}

static inline uint64_t generate_below(struct generator *from, uint64_t end)
{
    return generate_number(from) % end;
}

/* The bounds themselves are the values most worth trying. */
static inline int64_t generate_between(struct generator *from, int64_t min, int64_t max)
{
    switch (generate_below(from, 4)) {
    case 0:
        return min;
    case 1:
        return max;
    default:
        return min + (int64_t)generate_below(from, (uint64_t)(max - min) | 1);
    }
}

static inline struct text generate_text(struct generator *from, int64_t min, int64_t max,
                                        bool ascii)
{
    static const char *const pieces[] = {
        "a", "Z",  " ",    "~",    "0",        "é",        "李",           "😀", "\"", "\\",
        "/", "\n", "\x01", "\x7f", "\xc2\x9b", "\xc2\xa0", "\xef\xbf\xbf", "%", "&",  "+",
    };
    size_t count = sizeof pieces / sizeof pieces[0];
    int64_t length = generate_between(from, min, max);
    char *data = arena_get(from->arena, (size_t)length * 4 + 1);
    size_t size = 0;
    for (int64_t i = 0; i < length; i++) {
        const char *piece = pieces[generate_below(from, ascii ? 5 : count)];
        memcpy(data + size, piece, strlen(piece));
        size += strlen(piece);
    }
    data[size] = '\0';
    return (struct text){data, size};
}

static inline unsigned generate_name(struct generator *from, const char *const *names)
{
    unsigned count = 0;
    while (names[count] != NULL)
        count++;
    unsigned index = (unsigned)generate_below(from, count);
    return names[index][0] != '\0' ? index : 0;
}

static inline void generate_struct(struct generator *from, const struct shape *shape, bool args,
                                   void *out);

static inline struct any generate_any(struct generator *from, const struct shape *shape, bool args)
{
    void *value = arena_get(from->arena, shape->size);
    generate_struct(from, shape, args, value);
    return (struct any){.shape = shape, .value = value};
}

static inline const struct problem *generate_problem(struct generator *from)
{
    struct problem *problem = arena_zero(from->arena, 1, sizeof *problem);
    problem_set(problem, STATUS_insufficient_funds, "Only %u left.",
                (unsigned)generate_below(from, 1000));
    problem->balance = money(generate_between(from, 0, MONEY_MAX));
    problem->amount = money(generate_between(from, 1, MONEY_MAX));
    return problem;
}

static inline void generate_list(struct generator *from, const struct field *field, bool args,
                                 struct list *out)
{
    size_t count = generate_below(from, 5) + (args ? 1 : 0);
    char *items = arena_zero(from->arena, count + 1, field->shape->size);
    for (size_t i = 0; i < count; i++)
        generate_struct(from, field->shape, args, items + i * field->shape->size);
    *out = (struct list){items, count};
}

static inline void generate_accounts(struct generator *from, const struct field *field, bool args,
                                     struct list *out)
{
    size_t count = generate_below(from, 5) + (args ? 1 : 0);
    uint64_t *accounts = arena_zero(from->arena, count + 1, sizeof *accounts);
    (void)field;
    for (size_t i = 0; i < count; i++)
        accounts[i] = account_from_sequence((uint32_t)generate_below(from, 999999999) + 1);
    *out = (struct list){accounts, count};
}

static inline struct text generate_digits(struct generator *from, const struct field *field)
{
    struct text number = arena_print(from->arena, "%0*u", (int)field->max,
                                     (unsigned)generate_below(from, 100000000));
    number.size = (size_t)generate_between(from, field->min, field->max);
    return number;
}

static inline void generate_value(struct generator *from, const struct field *field, bool args,
                                  void *out)
{
    size_t currencies;
    bool some = args || generate_below(from, 4) > 0;
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_SECRET:
        if (args && (field->flags & FIELD_DIGITS) != 0)
            *(struct text *)out = generate_digits(from, field);
        else if (some || (field->flags & FIELD_NULL_IF_ZERO) == 0)
            *(struct text *)out = generate_text(from, field->min, args ? field->max : 20, false);
        break;
    case FIELD_KEY:
        *(struct text *)out = generate_text(from, 1, ARG_KEY_MAX, true);
        break;
    case FIELD_ACCOUNT:
        if (some)
            *(uint64_t *)out = account_from_sequence((uint32_t)generate_below(from, 999999999) + 1);
        break;
    case FIELD_MONEY:
        *(struct money *)out = money(args ? generate_between(from, field->min, field->max)
                                          : (int64_t)generate_number(from));
        break;
    case FIELD_CURRENCY: {
        const struct currency *all = currency_all(&currencies);
        *(uint16_t *)out = all[generate_below(from, currencies)].number;
        break;
    }
    case FIELD_TIME:
        if (some)
            *(int64_t *)out = generate_between(from, 1, INT64_C(4102444800000000));
        break;
    case FIELD_MONTH:
        *(int32_t *)out = (int32_t)generate_between(from, 12, 9999 * 12 + 11);
        break;
    case FIELD_DAY:
        *(int32_t *)out = (int32_t)generate_between(from, -719162, 2932896);
        break;
    case FIELD_UINT:
        if (!args && !some && (field->flags & FIELD_NULL_IF_MAX) != 0)
            *(uint64_t *)out = UINT64_MAX;
        else if (some)
            *(uint64_t *)out =
                (uint64_t)generate_between(from, field->min, args ? field->max : INT64_MAX);
        break;
    case FIELD_BOOL:
        *(bool *)out = generate_below(from, 2) == 1;
        break;
    case FIELD_ENUM:
        *(uint8_t *)out = (uint8_t)generate_name(from, field->names);
        break;
    case FIELD_SET:
        *(uint32_t *)out =
            1u << generate_name(from, field->names) | 1u << generate_name(from, field->names);
        break;
    case FIELD_OBJECT:
        generate_struct(from, field->shape, args, out);
        break;
    case FIELD_LIST:
        generate_list(from, field, args, out);
        break;
    case FIELD_ACCOUNTS:
        generate_accounts(from, field, args, out);
        break;
    case FIELD_ANY:
        if (some)
            *(struct any *)out = generate_any(from, &transferred_result_shape, false);
        break;
    case FIELD_ARGS: /* the op is generated before it, and stands at the struct's beginning */
        break;
    case FIELD_CODE:
        *(uint16_t *)out = STATUS_same_account;
        break;
    case FIELD_PROBLEM:
        *(const struct problem **)out = generate_problem(from);
        break;
    case FIELD_CONSTANT:
        break;
    }
}

static inline uint32_t generate_kind(const struct shape *shape, const void *value)
{
    for (size_t i = 0; i < shape->count; i++) {
        if ((shape->fields[i].flags & FIELD_DISCRIMINATOR) != 0)
            return 1u << *((const uint8_t *)value + shape->fields[i].offset);
    }
    return UINT32_MAX;
}

static inline bool generate_is_written(const struct shape *shape, const struct field *field,
                                       const void *value)
{
    return field->only_for == 0 || (field->only_for & generate_kind(shape, value)) != 0;
}

static inline void generate_struct(struct generator *from, const struct shape *shape, bool args,
                                   void *out)
{
    uint32_t given = 0;
    memset(out, 0, shape->size);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (args && (field->flags & FIELD_REQUIRED) == 0 && generate_below(from, 2) == 0)
            continue;
        if (!args && !generate_is_written(shape, field, out))
            continue;
        given |= 1u << i;
        generate_value(from, field, args, (char *)out + field->offset);
        if (field->type == FIELD_ARGS) {
            struct batch_command *command = out;
            command->args = generate_any(from, message_of(batch_op(command->op))->args, true);
        }
    }
    if (args)
        memcpy(out, &given, sizeof given);
}

/* What was generated against what came back through a codec and bind. */
static inline bool generate_same(const struct shape *shape, bool args, struct arena *arena,
                                 const void *a, const void *b);

static inline bool generate_same_list(const struct field *field, bool args, struct arena *arena,
                                      const struct list *a, const struct list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!generate_same(field->shape, args, arena,
                           (const char *)a->items + i * field->shape->size,
                           (const char *)b->items + i * field->shape->size))
            return false;
    }
    return true;
}

static inline bool generate_same_any(struct arena *arena, const struct any *a, const struct any *b)
{
    if (a->shape == NULL)
        return b->node == NULL;
    void *value = arena_get(arena, a->shape->size);
    return b->node != NULL && bind_result(b->node, a->shape, arena, value) &&
           generate_same(a->shape, false, arena, a->value, value);
}

static inline bool generate_same_problem(const struct problem *a, const struct problem *b)
{
    return b != NULL && a->status == b->status && strcmp(a->detail, b->detail) == 0 &&
           a->balance.minor == b->balance.minor && a->amount.minor == b->amount.minor &&
           a->version == b->version && a->error_count == b->error_count;
}

static inline bool generate_same_value(const struct field *field, bool args, struct arena *arena,
                                       const void *a, const void *b)
{
    const struct text *text_a = a, *text_b = b;
    const struct any *any_a = a, *any_b = b;
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_SECRET:
    case FIELD_KEY:
        return text_a->size == text_b->size &&
               (text_a->size == 0 || memcmp(text_a->data, text_b->data, text_a->size) == 0);
    case FIELD_ACCOUNT:
    case FIELD_MONEY:
    case FIELD_TIME:
    case FIELD_UINT:
        return memcmp(a, b, 8) == 0;
    case FIELD_MONTH:
    case FIELD_DAY:
    case FIELD_SET:
        return memcmp(a, b, 4) == 0;
    case FIELD_CURRENCY:
    case FIELD_CODE:
        return memcmp(a, b, 2) == 0;
    case FIELD_BOOL:
    case FIELD_ENUM:
        return memcmp(a, b, 1) == 0;
    case FIELD_OBJECT:
        return generate_same(field->shape, args, arena, a, b);
    case FIELD_LIST:
        return generate_same_list(field, args, arena, a, b);
    case FIELD_ACCOUNTS: {
        const struct list *list_a = a, *list_b = b;
        return list_a->count == list_b->count &&
               (list_a->count == 0 ||
                memcmp(list_a->items, list_b->items, list_a->count * sizeof(uint64_t)) == 0);
    }
    case FIELD_ANY:
        return generate_same_any(arena, any_a, any_b);
    case FIELD_ARGS:
        return any_a->shape == any_b->shape &&
               generate_same(any_a->shape, true, arena, any_a->value, any_b->value);
    case FIELD_PROBLEM:
        return generate_same_problem(*(const struct problem *const *)a,
                                     *(const struct problem *const *)b);
    case FIELD_CONSTANT:
        return true;
    }
    return false;
}

static inline bool generate_same(const struct shape *shape, bool args, struct arena *arena,
                                 const void *a, const void *b)
{
    if (args && memcmp(a, b, sizeof(uint32_t)) != 0)
        return false;
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (!args && !generate_is_written(shape, field, a))
            continue;
        if (!generate_same_value(field, args, arena, (const char *)a + field->offset,
                                 (const char *)b + field->offset))
            return false;
    }
    return true;
}

/* Every shape that is a reply on its own. */
static const struct shape *const generate_results[] = {
    &account_result_shape,     &moved_result_shape,
    &transferred_result_shape, &batch_result_shape,
    &balance_result_shape,     &series_result_shape,
    &statement_result_shape,   &statement_summary_shape,
    &account_list_shape,       &history_list_shape,
    &statement_list_shape,     &change_list_shape,
    &key_list_shape,           &outcome_result_shape,
    &key_result_shape,         &key_shape,
    &session_result_shape,     &webhook_shape,
    &webhook_result_shape,     &webhook_list_shape,
    &webhook_test_shape,       &delivery_list_shape,
    &retried_result_shape,     &event_shape,
    &history_event_shape,
};
#define GENERATE_RESULTS (sizeof generate_results / sizeof generate_results[0])
