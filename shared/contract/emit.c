#include "contract/emit.h"

#include "base/account_number.h"
#include "base/check.h"
#include "base/currency.h"
#include "base/time.h"

#define LITERAL(emitter, name) (emitter)->key((emitter), TEXT(name))

static void emit_struct(struct emitter *to, const struct shape *shape, const void *value,
                        bool args);

static const void *member(const void *value, const struct field *field)
{
    return (const char *)value + field->offset;
}

static void emit_name(struct emitter *to, const char *const *names, unsigned index)
{
    for (unsigned i = 0; i < index; i++)
        CHECK(names[i] != NULL);
    CHECK(names[index] != NULL);
    to->text(to, text_of(names[index]));
}

static void emit_set(struct emitter *to, const char *const *names, uint32_t set)
{
    size_t count = 0;
    for (unsigned i = 0; names[i] != NULL; i++)
        count += set >> i & 1u;
    to->list(to, count);
    for (unsigned i = 0; names[i] != NULL; i++) {
        if ((set >> i & 1u) != 0)
            to->text(to, text_of(names[i]));
    }
    to->list_end(to);
}

static void emit_list(struct emitter *to, const struct shape *shape, const struct list *list,
                      bool args)
{
    to->list(to, list->count);
    for (size_t i = 0; i < list->count; i++)
        emit_struct(to, shape, (const char *)list->items + i * shape->size, args);
    to->list_end(to);
}

static void emit_text(struct emitter *to, struct text text)
{
    to->text(to, text.data != NULL ? text : TEXT(""));
}

/* Texts made of other things: numbers of accounts, currencies, times. */
static void emit_printed(struct emitter *to, const struct field *field, const void *value)
{
    char print[TIME_TEXT_MAX > ACCOUNT_TEXT_MAX ? TIME_TEXT_MAX : ACCOUNT_TEXT_MAX];
    switch (field->type) {
    case FIELD_ACCOUNT:
        to->text(to, (struct text){account_print(*(const uint64_t *)value, print),
                                   ACCOUNT_TEXT_MAX - 1});
        break;
    case FIELD_CURRENCY:
        to->text(to, (struct text){currency_code(*(const uint16_t *)value), 3});
        break;
    case FIELD_TIME:
        to->text(to, (struct text){time_print(*(const int64_t *)value, print), 27});
        break;
    case FIELD_MONTH:
        to->text(to, text_of(month_print(*(const int32_t *)value, print)));
        break;
    case FIELD_DAY:
        to->text(to, text_of(day_print(*(const int32_t *)value, print)));
        break;
    default:
        CHECK(!"a printed type");
    }
}

/* An absent value of a result is null; which values mean "absent" depends on type and flags. */
static bool is_null(const struct field *field, const void *value)
{
    switch (field->type) {
    case FIELD_ACCOUNT:
        return *(const uint64_t *)value == 0;
    case FIELD_CURRENCY:
        return *(const uint16_t *)value == 0;
    case FIELD_TIME:
        return *(const int64_t *)value == 0;
    case FIELD_UINT: {
        uint64_t number = *(const uint64_t *)value;
        return (number == 0 && (field->flags & FIELD_NULL_IF_ZERO) != 0) ||
               (number == UINT64_MAX && (field->flags & FIELD_NULL_IF_MAX) != 0);
    }
    case FIELD_TEXT:
    case FIELD_SECRET:
    case FIELD_KEY:
        return ((const struct text *)value)->data == NULL &&
               (field->flags & FIELD_NULL_IF_ZERO) != 0;
    case FIELD_MONEY:
        return ((const struct money *)value)->minor == 0 &&
               (field->flags & FIELD_NULL_IF_ZERO) != 0;
    case FIELD_ACCOUNTS:
        return ((const struct list *)value)->count == 0 && (field->flags & FIELD_NULL_IF_ZERO) != 0;
    case FIELD_PROBLEM:
        return *(const struct problem *const *)value == NULL;
    default:
        return false;
    }
}

static void emit_accounts(struct emitter *to, const struct list *list)
{
    const uint64_t *accounts = list->items;
    to->list(to, list->count);
    for (size_t i = 0; i < list->count; i++) {
        char print[ACCOUNT_TEXT_MAX];
        to->text(to, (struct text){account_print(accounts[i], print), ACCOUNT_TEXT_MAX - 1});
    }
    to->list_end(to);
}

static void emit_value(struct emitter *to, const struct field *field, const void *value, bool args)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_SECRET:
    case FIELD_KEY:
        emit_text(to, *(const struct text *)value);
        break;
    case FIELD_ACCOUNT:
    case FIELD_CURRENCY:
    case FIELD_TIME:
    case FIELD_MONTH:
    case FIELD_DAY:
        emit_printed(to, field, value);
        break;
    case FIELD_MONEY:
        to->integer(to, ((const struct money *)value)->minor);
        break;
    case FIELD_UINT:
        to->natural(to, *(const uint64_t *)value);
        break;
    case FIELD_BOOL:
        to->boolean(to, *(const bool *)value);
        break;
    case FIELD_ENUM:
        emit_name(to, field->names, *(const uint8_t *)value);
        break;
    case FIELD_SET:
        emit_set(to, field->names, *(const uint32_t *)value);
        break;
    case FIELD_OBJECT:
        emit_struct(to, field->shape, value, args);
        break;
    case FIELD_LIST:
        emit_list(to, field->shape, value, args);
        break;
    case FIELD_ACCOUNTS:
        emit_accounts(to, value);
        break;
    case FIELD_ANY:
        emit_any(to, *(const struct any *)value);
        break;
    case FIELD_ARGS: {
        const struct any *any = value;
        emit_args(to, any->shape, any->value);
        break;
    }
    case FIELD_CODE:
        to->text(to, text_of(status_row((enum status) * (const uint16_t *)value)->code));
        break;
    case FIELD_CONSTANT:
        to->text(to, text_of(field->names[0]));
        break;
    case FIELD_PROBLEM:
        emit_problem(to, *(const struct problem *const *)value, (struct text){0}, false);
        break;
    }
}

/* The bits that only_for is held against: everything, when the shape has no discriminator. */
static uint32_t kind_of(const struct shape *shape, const void *value)
{
    for (size_t i = 0; i < shape->count; i++) {
        if ((shape->fields[i].flags & FIELD_DISCRIMINATOR) != 0)
            return 1u << *(const uint8_t *)member(value, &shape->fields[i]);
    }
    return UINT32_MAX;
}

static uint32_t chosen_fields(const struct shape *shape, const void *value, bool args)
{
    if (args)
        return *(const uint32_t *)value; /* presence is the first member */
    uint32_t kind = kind_of(shape, value), chosen = 0;
    if (kind == UINT32_MAX && shape->count > 0)
        return UINT32_MAX >> (SHAPE_FIELDS_MAX - shape->count);
    for (size_t i = 0; i < shape->count; i++) {
        uint32_t only_for = shape->fields[i].only_for;
        if (only_for == 0 || (only_for & kind) != 0)
            chosen |= 1u << i;
    }
    return chosen;
}

static void emit_struct(struct emitter *to, const struct shape *shape, const void *value, bool args)
{
    uint32_t chosen = chosen_fields(shape, value, args);
    to->map(to, (size_t)__builtin_popcount(chosen));
    for (size_t i = 0; i < shape->count; i++) {
        if ((chosen >> i & 1u) == 0)
            continue;
        const struct field *field = &shape->fields[i];
        to->key(to, field->name);
        if (!args && is_null(field, member(value, field)))
            to->null(to);
        else
            emit_value(to, field, member(value, field), args);
    }
    to->map_end(to);
}

void emit_shape(struct emitter *emitter, const struct shape *shape, const void *value)
{
    emit_struct(emitter, shape, value, false);
}

void emit_any(struct emitter *emitter, struct any any)
{
    if (any.shape == NULL)
        emitter->null(emitter);
    else
        emit_struct(emitter, any.shape, any.value, false);
}

void emit_args(struct emitter *emitter, const struct shape *shape, const void *args)
{
    emit_struct(emitter, shape, args, true);
}

static void emit_errors(struct emitter *to, const struct problem *problem)
{
    LITERAL(to, "errors");
    to->list(to, problem->error_count);
    for (size_t i = 0; i < problem->error_count; i++) {
        to->map(to, 2);
        LITERAL(to, "pointer");
        to->text(to, text_of(problem->errors[i].pointer));
        LITERAL(to, "detail");
        to->text(to, text_of(problem->errors[i].detail));
        to->map_end(to);
    }
    to->list_end(to);
}

static void emit_type(struct emitter *to, const char *code)
{
    static const char folder[] = "/problems/";
    char uri[64];
    size_t size = sizeof folder - 1;
    __builtin_memcpy(uri, folder, size);
    for (const char *c = code; *c != '\0' && size < sizeof uri; c++)
        uri[size++] = *c;
    LITERAL(to, "type");
    to->text(to, (struct text){uri, size});
}

void emit_problem(struct emitter *to, const struct problem *problem, struct text request_id,
                  bool with_type)
{
    const struct status_row *row = status_row(problem->status);
    bool funds = problem->status == STATUS_insufficient_funds;
    bool conflict = problem->status == STATUS_version_conflict;
    bool later = problem->retry_after_s != 0;
    to->map(to, 4u + with_type + (funds ? 2u : 0u) + conflict + later + (request_id.data != NULL) +
                    (problem->error_count > 0));
    if (with_type)
        emit_type(to, row->code);
    LITERAL(to, "code");
    to->text(to, text_of(row->code));
    LITERAL(to, "status");
    to->integer(to, row->http);
    LITERAL(to, "title");
    to->text(to, text_of(row->title));
    LITERAL(to, "detail");
    to->text(to, text_of(problem->detail[0] != '\0' ? problem->detail : row->detail));
    if (funds) {
        LITERAL(to, "balance");
        to->integer(to, problem->balance.minor);
        LITERAL(to, "amount");
        to->integer(to, problem->amount.minor);
    }
    if (conflict) {
        LITERAL(to, "version");
        to->natural(to, problem->version);
    }
    if (later) {
        LITERAL(to, "retry_after");
        to->natural(to, problem->retry_after_s);
    }
    if (request_id.data != NULL) {
        LITERAL(to, "request_id");
        to->text(to, request_id);
    }
    if (problem->error_count > 0)
        emit_errors(to, problem);
    to->map_end(to);
}
