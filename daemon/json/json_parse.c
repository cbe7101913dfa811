#include <jansson.h>
#include <math.h>
#include <string.h>

#include "json/json.h"
#include "json/json_scan.h"

#define INT64_LIMIT 9223372036854775808.0 /* 2^63 */
#define DIGITS_MAX 300                    /* a double holds integers of so many digits */

/* A second reading, for messages with an integer beyond int64: jansson gave up at it, so all
 * integers are read as reals, and told from true reals by being whole. The message is refused in
 * the end, because no field takes a huge number; this only finds out which field it is. */
struct conversion {
    struct arena *arena;
    bool integers_are_reals;
};

static bool convert(const struct conversion *how, json_t *from, struct node *out);

static bool convert_text(const struct conversion *how, json_t *from, struct node *out)
{
    struct text text = {json_string_value(from), json_string_length(from)};
    out->type = NODE_TEXT;
    out->text = arena_copy(how->arena, text);
    return out->text.data != NULL;
}

static bool convert_list(const struct conversion *how, json_t *from, struct node *out)
{
    size_t count = json_array_size(from);
    out->type = NODE_LIST;
    out->list.count = count;
    out->list.items = arena_zero(how->arena, count + 1, sizeof *out->list.items);
    if (out->list.items == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!convert(how, json_array_get(from, i), &out->list.items[i]))
            return false;
    }
    return true;
}

static bool convert_map(const struct conversion *how, json_t *from, struct node *out)
{
    out->type = NODE_MAP;
    out->map.count = 0;
    out->map.entries = arena_zero(how->arena, json_object_size(from) + 1, sizeof *out->map.entries);
    if (out->map.entries == NULL)
        return false;
    for (void *at = json_object_iter(from); at != NULL; at = json_object_iter_next(from, at)) {
        struct node_entry *entry = &out->map.entries[out->map.count++];
        struct text key = {json_object_iter_key(at), json_object_iter_key_len(at)};
        entry->key = arena_copy(how->arena, key);
        if (entry->key.data == NULL || !convert(how, json_object_iter_value(at), &entry->value))
            return false;
    }
    return true;
}

static void convert_real(const struct conversion *how, double real, struct node *out)
{
    out->type = NODE_REAL;
    if (!how->integers_are_reals)
        return;
    if (fabs(real) >= INT64_LIMIT) {
        out->type = NODE_HUGE;
    } else if (real == trunc(real)) {
        out->type = NODE_INT;
        out->integer = (int64_t)real;
    }
}

static bool convert(const struct conversion *how, json_t *from, struct node *out)
{
    switch (json_typeof(from)) {
    case JSON_OBJECT:
        return convert_map(how, from, out);
    case JSON_ARRAY:
        return convert_list(how, from, out);
    case JSON_STRING:
        return convert_text(how, from, out);
    case JSON_INTEGER:
        out->type = NODE_INT;
        out->integer = json_integer_value(from);
        return true;
    case JSON_REAL:
        convert_real(how, json_real_value(from), out);
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        out->type = NODE_BOOL;
        out->boolean = json_is_true(from);
        return true;
    case JSON_NULL:
        break;
    }
    out->type = NODE_NULL;
    return true;
}

static const char *reason(enum json_error_code code)
{
    switch (code) {
    case json_error_invalid_utf8:
        return "is not UTF-8";
    case json_error_premature_end_of_input:
        return "ends too early";
    case json_error_end_of_input_expected:
        return "has more than one value";
    case json_error_duplicate_key:
        return "has a field twice";
    case json_error_numeric_overflow:
        return "has a number beyond all bounds";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "has U+0000 in a string";
    case json_error_out_of_memory:
        return "is too large";
    default:
        return "is not JSON";
    }
}

/* A copy in which no run of digits outside of strings is too long for a double; what was cut is
 * beyond int64 before and after. */
static struct text shorten_numbers(struct arena *arena, const char *data, size_t size)
{
    char *copy = arena_get(arena, size + 1);
    size_t kept = 0, digits = 0;
    bool in_string = false, escaped = false;
    for (size_t i = 0; copy != NULL && i < size; i++) {
        bool digit = !in_string && data[i] >= '0' && data[i] <= '9';
        digits = digit ? digits + 1 : 0;
        if (digits > DIGITS_MAX)
            continue;
        if (data[i] == '"' && !escaped)
            in_string = !in_string;
        escaped = in_string && data[i] == '\\' && !escaped;
        copy[kept++] = data[i];
    }
    return (struct text){copy, kept};
}

bool json_parse(const void *data, size_t size, struct arena *arena, struct node *out,
                struct problem *problem)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
    struct conversion how = {.arena = arena};
    json_error_t error;
    problem_clear(problem);
    if (!json_scan_is_bounded(data, size)) {
        problem_set(problem, STATUS_malformed_request,
                    "The body is more than %d levels deep or has more than %u values.",
                    NODE_DEPTH_MAX, NODE_COUNT_MAX);
        return false;
    }
    json_t *root = json_loadb(data, size, flags, &error);
    if (root == NULL && json_error_code(&error) == json_error_numeric_overflow) {
        struct text again = shorten_numbers(arena, data, size);
        how.integers_are_reals = true;
        if (again.data != NULL)
            root = json_loadb(again.data, again.size, flags | JSON_DECODE_INT_AS_REAL, &error);
    }
    if (root == NULL) {
        problem_set(problem, STATUS_malformed_request, "The body %s: look at line %d, column %d.",
                    reason(json_error_code(&error)), error.line, error.column);
        return false;
    }
    bool fits = convert(&how, root, out);
    json_decref(root);
    if (!fits)
        problem_set(problem, STATUS_unavailable, "The request needs too much memory.");
    return fits;
}
