#include "contract/bind.h"

#include <stdio.h>
#include <string.h>

#include "contract/binding.h"
#include "contract/messages.h"

static void *member(void *out, const struct field *field)
{
    return (char *)out + field->offset;
}

/* Messages mostly have their fields in the shape's order: `hint` is where to look first. */
static size_t find_field(const struct shape *shape, struct text name, size_t hint)
{
    if (name.data == NULL)
        return shape->count;
    for (size_t i = 0; i < shape->count; i++) {
        size_t at = hint + i < shape->count ? hint + i : hint + i - shape->count;
        if (text_equal(name, shape->fields[at].name))
            return at;
    }
    return shape->count;
}

static bool refuse_unknown(struct binding *binding, const struct shape *shape,
                           const struct place *place)
{
    char known[PROBLEM_DETAIL_MAX] = "";
    size_t size = 0;
    for (size_t i = 0; i < shape->count; i++) {
        int more = snprintf(known + size, sizeof known - size, "%s%s", i > 0 ? ", " : "",
                            shape->fields[i].name.data);
        if (more < 0 || (size_t)more >= sizeof known - size)
            break;
        size += (size_t)more;
    }
    return binding_refuse(binding, place, binding_code(shape->code),
                          size > 0 ? "There is no such field here; the fields are %s."
                                   : "There is no such field here%s.",
                          known);
}

/* The arguments of a batch's command: what they are is said by the op beside them. */
static bool bind_args(struct binding *binding, const struct field *op, const void *out,
                      const struct node *node, const struct place *place, struct any *any)
{
    uint8_t index = *((const uint8_t *)out + op->offset);
    const struct shape *args = message_of(batch_op(index))->args;
    void *value = arena_get(binding->arena, args->size);
    if (value == NULL)
        return binding_no_room(binding);
    any->shape = args;
    any->value = value;
    return binding_struct(binding, node, args, place, value);
}

static bool refuse_missing(struct binding *binding, const struct shape *shape,
                           const struct place *up, uint32_t seen)
{
    bool sound = true;
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if ((field->flags & FIELD_REQUIRED) == 0 || (seen >> i & 1u) != 0)
            continue;
        struct place place = {.up = up, .name = field->name};
        sound = binding_refuse_value(binding, &place, field, "is missing.");
    }
    return sound;
}

static bool bind_entry(struct binding *binding, const struct shape *shape, size_t index,
                       const struct node_entry *entry, uint32_t *seen, const struct place *place,
                       void *out)
{
    if (entry->key.data == NULL)
        return binding_refuse(binding, place, STATUS_malformed_request,
                              "The names of fields must be strings.");
    if (index == shape->count)
        return refuse_unknown(binding, shape, place);
    const struct field *field = &shape->fields[index];
    if ((*seen >> index & 1u) != 0)
        return binding_refuse(binding, place, binding_code(shape->code), "%s is given twice.",
                              field->name.data);
    *seen |= 1u << index;
    return field->type == FIELD_ARGS ||
           binding_value(binding, field, &entry->value, place, member(out, field));
}

static bool bind_strict(struct binding *binding, const struct node *node, const struct shape *shape,
                        const struct place *up, void *out)
{
    uint32_t seen = 0, good = 0;
    size_t hint = 0;
    const struct node_entry *args = NULL;
    const struct field *args_field = NULL;
    bool sound = true;
    for (size_t i = 0; i < node->map.count && !binding_is_over(binding); i++) {
        const struct node_entry *entry = &node->map.entries[i];
        struct place place = {.up = up, .name = entry->key.data != NULL ? entry->key : TEXT("")};
        size_t index = find_field(shape, entry->key, hint);
        if (!bind_entry(binding, shape, index, entry, &seen, &place, out)) {
            sound = false;
            continue;
        }
        good |= 1u << index;
        hint = index + 1;
        if (shape->fields[index].type == FIELD_ARGS) {
            args = entry;
            args_field = &shape->fields[index];
        }
    }
    if (args != NULL) {
        const struct field *op = shape_field(shape, TEXT("op"));
        CHECK(op != NULL && op->type == FIELD_ENUM);
        struct place place = {.up = up, .name = args->key};
        if ((good >> (op - shape->fields) & 1u) != 0) /* else it is refused, and says enough */
            sound &= bind_args(binding, op, out, &args->value, &place, member(out, args_field));
    }
    sound &= refuse_missing(binding, shape, up, seen);
    memcpy(out, &seen, sizeof seen);
    return sound;
}

static const struct node *find_value(const struct node *node, struct text name, size_t *hint)
{
    size_t count = node->map.count;
    for (size_t i = 0; i < count; i++) {
        size_t at = *hint + i < count ? *hint + i : *hint + i - count;
        if (text_equal(node->map.entries[at].key, name)) {
            *hint = at + 1 < count ? at + 1 : 0;
            return &node->map.entries[at].value;
        }
    }
    return NULL;
}

static bool bind_lenient_field(struct binding *binding, const struct node *node,
                               const struct field *field, size_t *hint, void *out)
{
    const struct node *value = find_value(node, field->name, hint);
    if (value == NULL)
        return true;
    if (value->type != NODE_NULL)
        return binding_value(binding, field, value, NULL, member(out, field));
    if ((field->flags & FIELD_NULL_IF_MAX) != 0)
        *(uint64_t *)member(out, field) = UINT64_MAX;
    return true;
}

static bool bind_lenient(struct binding *binding, const struct node *node,
                         const struct shape *shape, void *out)
{
    size_t hint = 0;
    uint32_t kind = UINT32_MAX;
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if ((field->flags & FIELD_DISCRIMINATOR) == 0)
            continue;
        if (!bind_lenient_field(binding, node, field, &hint, out))
            return false;
        kind = 1u << *(const uint8_t *)member(out, field);
        hint = 0;
        break;
    }
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field->only_for != 0 && (field->only_for & kind) == 0)
            continue;
        if (!bind_lenient_field(binding, node, field, &hint, out))
            return false;
    }
    return true;
}

bool binding_struct(struct binding *binding, const struct node *node, const struct shape *shape,
                    const struct place *place, void *out)
{
    memset(out, 0, shape->size);
    if (node->type != NODE_MAP) {
        if (binding_is_lenient(binding) && node->type == NODE_NULL)
            return true;
        return binding_refuse(binding, place, STATUS_malformed_request,
                              "There must be an object with the fields of %s here.", shape->name);
    }
    return binding_is_lenient(binding) ? bind_lenient(binding, node, shape, out)
                                       : bind_strict(binding, node, shape, place, out);
}

bool bind_request(const struct node *node, const struct shape *shape, const char *pointer,
                  struct arena *arena, void *out, struct problem *problem)
{
    struct binding binding = {.arena = arena, .problem = problem, .pointer = pointer};
    problem_clear(problem);
    return binding_struct(&binding, node, shape, NULL, out) && !binding.failed;
}

bool bind_result(const struct node *node, const struct shape *shape, struct arena *arena, void *out)
{
    struct binding binding = {.arena = arena};
    return binding_struct(&binding, node, shape, NULL, out);
}
