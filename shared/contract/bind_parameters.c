/* The parts of a REST request become one map, as if it had come in one message. */
#include <string.h>

#include "contract/bind.h"

static bool refuse_parameter(struct problem *problem, struct text name)
{
    char pointer[PROBLEM_POINTER_MAX] = "#/";
    size_t size = 2;
    for (size_t i = 0; i < name.size && size + 1 < sizeof pointer; i++) {
        char c = name.data[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '_' || c == '-';
        pointer[size++] = plain ? c : '_';
    }
    pointer[size] = '\0';
    problem_at(problem, STATUS_invalid_parameter, pointer,
               "This operation takes no such query parameter.");
    return false;
}

static bool split_names(struct text value, struct arena *arena, struct node *out)
{
    size_t count = 1;
    for (size_t i = 0; i < value.size; i++)
        count += value.data[i] == ',';
    struct node *items = arena_zero(arena, count, sizeof *items);
    if (items == NULL)
        return false;
    size_t start = 0, item = 0;
    for (size_t i = 0; i <= value.size; i++) {
        if (i < value.size && value.data[i] != ',')
            continue;
        items[item].type = NODE_TEXT;
        items[item++].text = (struct text){value.data + start, i - start};
        start = i + 1;
    }
    out->type = NODE_LIST;
    out->list.items = items;
    out->list.count = count;
    return true;
}

/* A text that is not what its field wants stays a text, so that bind_request refuses it. */
static bool node_of(const struct field *field, struct text value, struct arena *arena,
                    struct node *out)
{
    *out = (struct node){.type = NODE_TEXT, .text = value};
    if (value.data == NULL)
        out->text = TEXT("");
    switch (field->type) {
    case FIELD_UINT:
    case FIELD_MONEY: {
        int64_t integer;
        enum text_number number = text_to_int64(value, &integer);
        if (number == TEXT_NUMBER_RANGE)
            out->type = NODE_HUGE;
        if (number == TEXT_NUMBER_OK)
            *out = (struct node){.type = NODE_INT, .integer = integer};
        return true;
    }
    case FIELD_BOOL:
        if (text_is(value, "true") || text_is(value, "false"))
            *out = (struct node){.type = NODE_BOOL, .boolean = text_is(value, "true")};
        return true;
    case FIELD_SET:
        return split_names(out->text, arena, out);
    default:
        return true;
    }
}

static bool takes_body(const struct message *message)
{
    return strcmp(message->method, "GET") != 0 && strcmp(message->method, "DELETE") != 0;
}

struct gathering {
    const struct message *message;
    struct arena *arena;
    struct problem *problem;
    struct node map;
};

static bool add(struct gathering *into, const struct field *field, struct text value)
{
    struct node_entry *entry = &into->map.map.entries[into->map.map.count++];
    entry->key = field->name;
    if (node_of(field, value, into->arena, &entry->value))
        return true;
    problem_set(into->problem, STATUS_unavailable, "The request needs too much memory.");
    return false;
}

static bool add_path_values(struct gathering *into, const struct text *values)
{
    const struct shape *shape = into->message->args;
    size_t next = 0;
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if ((field->flags & FIELD_IN_PATH) != 0 && !add(into, field, values[next++]))
            return false;
    }
    return true;
}

/* Repeated names go in as they are: bind_request refuses them with the rest. */
static bool add_query(struct gathering *into, const struct parameter *query, size_t count)
{
    bool body = takes_body(into->message), sound = true;
    for (size_t i = 0; i < count; i++) {
        const struct field *field = shape_field(into->message->args, query[i].name);
        if (body || field == NULL || (field->flags & (FIELD_IN_PATH | FIELD_ZMQ_ONLY)) != 0)
            sound = refuse_parameter(into->problem, query[i].name);
        else if (!add(into, field, query[i].value))
            sound = false;
    }
    return sound;
}

static bool add_body(struct gathering *into, const struct node *body)
{
    if (body->type != NODE_MAP) {
        problem_at(into->problem, STATUS_malformed_request, "#", "The body must be an object.");
        return false;
    }
    if (body->map.count > 0)
        memcpy(into->map.map.entries + into->map.map.count, body->map.entries,
               body->map.count * sizeof *body->map.entries);
    into->map.map.count += body->map.count;
    return true;
}

bool bind_parameters(const struct message *message, const struct text *path_values,
                     const struct parameter *query, size_t query_count, const struct node *body,
                     struct arena *arena, void **args, struct problem *problem)
{
    struct gathering into = {.message = message, .arena = arena, .problem = problem};
    problem_clear(problem);
    if (body != NULL && !takes_body(message))
        body = NULL;
    size_t most = MESSAGE_PATH_VALUES_MAX + query_count;
    if (body != NULL && body->type == NODE_MAP)
        most += body->map.count;
    into.map.type = NODE_MAP;
    into.map.map.entries = arena_zero(arena, most, sizeof *into.map.map.entries);
    *args = arena_get(arena, message->args->size);
    if (into.map.map.entries == NULL || *args == NULL) {
        problem_set(problem, STATUS_unavailable, "The request needs too much memory.");
        return false;
    }
    if (!add_path_values(&into, path_values) || !add_query(&into, query, query_count) ||
        (body != NULL && !add_body(&into, body)))
        return false;
    return bind_request(&into.map, message->args, "#", arena, *args, problem);
}
