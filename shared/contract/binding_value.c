/* Single values: type, bounds, and the code a bad one earns. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/status.h"
#include "base/time.h"
#include "base/utf8.h"
#include "contract/args.h"
#include "contract/bind.h"
#include "contract/binding.h"

/* Most values need to know all of this; it keeps the functions below short. */
struct subject {
    struct binding *binding;
    const struct field *field;
    const struct node *node;
    const struct place *place;
};

#define REFUSE(subject, ...)                                                                       \
    binding_refuse_value((subject)->binding, (subject)->place, (subject)->field, __VA_ARGS__)

/* For fields of one meaning wherever they stand: a bad account in a command is invalid_account,
 * but as the cursor of a list it is invalid_parameter. */
static bool refuse_as(const struct subject *subject, enum status status, const char *detail)
{
    if (subject->field->code == FIELD_PARAMETER)
        status = STATUS_invalid_parameter;
    return binding_refuse(subject->binding, subject->place, status, "%s %s",
                          subject->field->name.data, detail);
}

static bool is_text(const struct subject *subject)
{
    if (subject->node->type == NODE_TEXT)
        return true;
    return REFUSE(subject, "must be a string.");
}

static bool is_digits(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return true;
}

static bool bind_text(const struct subject *subject, struct text *out)
{
    if (!is_text(subject))
        return false;
    struct text text = subject->node->text.data != NULL ? subject->node->text : TEXT("");
    if (!utf8_is_valid(text))
        return REFUSE(subject, "must be valid UTF-8.");
    if (memchr(text.data, '\0', text.size) != NULL)
        return REFUSE(subject, "must not contain U+0000.");
    if (!binding_is_lenient(subject->binding)) {
        size_t count = utf8_count(text);
        if (count < (size_t)subject->field->min || count > (size_t)subject->field->max)
            return REFUSE(subject, "must have %" PRId64 " to %" PRId64 " characters.",
                          subject->field->min, subject->field->max);
        if ((subject->field->flags & FIELD_DIGITS) != 0 && !is_digits(text))
            return REFUSE(subject, "must have digits only.");
    }
    *out = text;
    return true;
}

bool bind_key_is_valid(struct text key)
{
    if (key.size < 1 || key.size > ARG_KEY_MAX)
        return false;
    for (size_t i = 0; i < key.size; i++) {
        if (key.data[i] < 0x20 || key.data[i] > 0x7e)
            return false;
    }
    return true;
}

static bool bind_key(const struct subject *subject, struct text *out)
{
    if (!is_text(subject))
        return false;
    if (!bind_key_is_valid(subject->node->text))
        return refuse_as(subject, STATUS_invalid_key,
                         "must have 1 to 255 printable ASCII characters.");
    *out = subject->node->text;
    return true;
}

static bool bind_account(const struct subject *subject, uint64_t *out)
{
    if (!is_text(subject))
        return false;
    if (!account_parse(subject->node->text, out))
        return refuse_as(subject, STATUS_invalid_account,
                         "must be an account number: ten digits with a right check digit.");
    return true;
}

static bool bind_currency(const struct subject *subject, uint16_t *out)
{
    if (!is_text(subject))
        return false;
    const struct currency *currency = currency_by_code(subject->node->text);
    if (currency == NULL)
        return refuse_as(subject, STATUS_invalid_currency,
                         "must be three capital letters of ISO 4217, like EUR.");
    *out = currency->number;
    return true;
}

static bool bind_money(const struct subject *subject, struct money *out)
{
    const struct field *field = subject->field;
    const struct node *node = subject->node;
    bool lenient = binding_is_lenient(subject->binding);
    if (node->type == NODE_REAL)
        return REFUSE(subject, "must be a whole number of minor units, without point or exponent.");
    if (node->type != NODE_INT && node->type != NODE_HUGE)
        return REFUSE(subject, "must be a number.");
    if (node->type == NODE_HUGE ||
        (!lenient && (node->integer < field->min || node->integer > field->max))) {
        return binding_refuse(subject->binding, subject->place, STATUS_invalid_amount,
                              "%s must be a whole number of minor units from %" PRId64
                              " to %" PRId64 ".",
                              field->name.data, field->min, field->max);
    }
    *out = money(node->integer);
    return true;
}

static bool bind_uint(const struct subject *subject, uint64_t *out)
{
    const struct field *field = subject->field;
    const struct node *node = subject->node;
    bool lenient = binding_is_lenient(subject->binding);
    if (node->type != NODE_INT && node->type != NODE_HUGE)
        return REFUSE(subject, "must be a whole number.");
    if (node->type == NODE_HUGE || node->integer < 0 ||
        (!lenient && (node->integer < field->min || node->integer > field->max))) {
        return REFUSE(subject, "must be a whole number from %" PRId64 " to %" PRId64 ".",
                      field->min, field->max);
    }
    *out = (uint64_t)node->integer;
    return true;
}

static bool bind_time(const struct subject *subject, int64_t *out)
{
    if (!is_text(subject))
        return false;
    if (!time_parse(subject->node->text, out))
        return REFUSE(subject, "must be a time in UTC, like 2026-11-22T10:24:06Z.");
    return true;
}

static bool bind_month(const struct subject *subject, int32_t *out)
{
    if (!is_text(subject))
        return false;
    if (!month_parse(subject->node->text, out))
        return REFUSE(subject, "must be a month, like 2026-11.");
    return true;
}

static bool bind_day(const struct subject *subject, int32_t *out)
{
    if (!is_text(subject))
        return false;
    if (!day_parse(subject->node->text, out))
        return REFUSE(subject, "must be a day, like 2026-11-22.");
    return true;
}

static bool bind_bool(const struct subject *subject, bool *out)
{
    if (subject->node->type != NODE_BOOL)
        return REFUSE(subject, "must be true or false.");
    *out = subject->node->boolean;
    return true;
}

static int find_name(const char *const *names, struct text text)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (names[i][0] != '\0' && text_is(text, names[i]))
            return i;
    }
    return -1;
}

static bool refuse_name(const struct subject *subject)
{
    char list[PROBLEM_DETAIL_MAX] = "";
    size_t size = 0;
    for (const char *const *name = subject->field->names; *name != NULL; name++) {
        if (**name == '\0')
            continue;
        int more = snprintf(list + size, sizeof list - size, "%s%s", size > 0 ? ", " : "", *name);
        if (more < 0 || (size_t)more >= sizeof list - size)
            break;
        size += (size_t)more;
    }
    return REFUSE(subject, "must be one of %s.", list);
}

static bool bind_enum(const struct subject *subject, uint8_t *out)
{
    if (!is_text(subject))
        return false;
    int index = find_name(subject->field->names, subject->node->text);
    if (index < 0)
        return refuse_name(subject);
    *out = (uint8_t)index;
    return true;
}

static bool bind_set(const struct subject *subject, uint32_t *out)
{
    const struct node *node = subject->node;
    if (node->type != NODE_LIST || node->list.count == 0)
        return REFUSE(subject, "must be a list of at least one name.");
    *out = 0;
    for (size_t i = 0; i < node->list.count; i++) {
        const struct node *item = &node->list.items[i];
        struct place place = {.up = subject->place, .index = i};
        struct subject inner = {subject->binding, subject->field, item, &place};
        if (item->type != NODE_TEXT)
            return REFUSE(&inner, "must hold names only.");
        int index = find_name(subject->field->names, item->text);
        if (index < 0)
            return refuse_name(&inner);
        *out |= 1u << index;
    }
    return true;
}

static bool bind_list(const struct subject *subject, struct list *out)
{
    const struct field *field = subject->field;
    const struct node *node = subject->node;
    struct binding *binding = subject->binding;
    if (node->type != NODE_LIST)
        return REFUSE(subject, "must be a list.");
    size_t count = node->list.count;
    if (!binding_is_lenient(binding) && (count < (size_t)field->min || count > (size_t)field->max))
        return REFUSE(subject, "must have %" PRId64 " to %" PRId64 " items.", field->min,
                      field->max);
    if (count == 0)
        return true;
    char *items = arena_zero(binding->arena, count, field->shape->size);
    if (items == NULL)
        return binding_no_room(binding);
    bool sound = true;
    for (size_t i = 0; i < count && !binding_is_over(binding); i++) {
        struct place place = {.up = subject->place, .index = i};
        sound &= binding_struct(binding, &node->list.items[i], field->shape, &place,
                                items + i * field->shape->size);
    }
    *out = (struct list){items, count};
    return sound;
}

static bool bind_accounts(const struct subject *subject, struct list *out)
{
    const struct field *field = subject->field;
    const struct node *node = subject->node;
    if (node->type != NODE_LIST)
        return REFUSE(subject, "must be a list of account numbers.");
    size_t count = node->list.count;
    if (!binding_is_lenient(subject->binding) &&
        (count < (size_t)field->min || count > (size_t)field->max))
        return REFUSE(subject, "must have %" PRId64 " to %" PRId64 " items.", field->min,
                      field->max);
    if (count == 0)
        return true;
    uint64_t *accounts = arena_zero(subject->binding->arena, count, sizeof *accounts);
    if (accounts == NULL)
        return binding_no_room(subject->binding);
    bool sound = true;
    for (size_t i = 0; i < count && !binding_is_over(subject->binding); i++) {
        struct place place = {.up = subject->place, .index = i};
        struct subject inner = {subject->binding, field, &node->list.items[i], &place};
        sound &= bind_account(&inner, &accounts[i]);
    }
    *out = (struct list){accounts, count};
    return sound;
}

static bool bind_code(const struct subject *subject, uint16_t *out)
{
    enum status status;
    if (!is_text(subject))
        return false;
    if (!status_by_code(subject->node->text, &status))
        return REFUSE(subject, "must be a known code.");
    *out = (uint16_t)status;
    return true;
}

static bool bind_nested_problem(const struct subject *subject, const struct problem **out)
{
    struct problem *problem = arena_zero(subject->binding->arena, 1, sizeof *problem);
    if (problem == NULL)
        return binding_no_room(subject->binding);
    if (!bind_problem(subject->node, problem))
        return REFUSE(subject, "must be a problem.");
    *out = problem;
    return true;
}

bool binding_value(struct binding *binding, const struct field *field, const struct node *node,
                   const struct place *place, void *out)
{
    const struct subject subject = {binding, field, node, place};
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_SECRET:
        return bind_text(&subject, out);
    case FIELD_KEY:
        return bind_key(&subject, out);
    case FIELD_ACCOUNT:
        return bind_account(&subject, out);
    case FIELD_MONEY:
        return bind_money(&subject, out);
    case FIELD_CURRENCY:
        return bind_currency(&subject, out);
    case FIELD_TIME:
        return bind_time(&subject, out);
    case FIELD_MONTH:
        return bind_month(&subject, out);
    case FIELD_DAY:
        return bind_day(&subject, out);
    case FIELD_UINT:
        return bind_uint(&subject, out);
    case FIELD_BOOL:
        return bind_bool(&subject, out);
    case FIELD_ENUM:
        return bind_enum(&subject, out);
    case FIELD_SET:
        return bind_set(&subject, out);
    case FIELD_OBJECT:
        return binding_struct(binding, node, field->shape, place, out);
    case FIELD_LIST:
        return bind_list(&subject, out);
    case FIELD_ACCOUNTS:
        return bind_accounts(&subject, out);
    case FIELD_ANY:
        *(struct any *)out = (struct any){.node = node};
        return true;
    case FIELD_CODE:
        return bind_code(&subject, out);
    case FIELD_CONSTANT:
        return true;
    case FIELD_PROBLEM:
        return bind_nested_problem(&subject, out);
    case FIELD_ARGS: /* needs the op beside it: binding_struct does it */
        break;
    }
    CHECK(!"a field of this type");
}
