#include "rest/uri.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

bool uri_split(struct text target, struct text *path, struct text *query)
{
    if (target.size > 7 && strncasecmp(target.data, "http://", 7) == 0) {
        size_t at = 7;
        while (at < target.size && target.data[at] != '/' && target.data[at] != '?') {
            at++;
        }
        if (at == 7) {
            return false;
        }
        target = (struct text){target.data + at, target.size - at};
        if (target.size == 0) {
            target = TEXT("/");
        }
    }
    if (target.size == 0 || target.data[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < target.size; i++) {
        unsigned char c = (unsigned char)target.data[i];
        if (c <= 0x20 || c >= 0x7f || c == '#') {
            return false;
        }
    }
    const char *mark = memchr(target.data, '?', target.size);
    size_t size = mark == NULL ? target.size : (size_t)(mark - target.data);
    *path = (struct text){target.data, size};
    *query = (struct text){NULL, 0};
    if (mark != NULL && size + 1 < target.size) {
        *query = (struct text){mark + 1, target.size - size - 1};
    }
    return true;
}

/* Decoded and clean enough to be quoted in an answer. */
static bool decode(struct text raw, struct arena *arena, struct text *out)
{
    return message_decode(raw, true, arena, out) && utf8_is_valid(*out) &&
           memchr(out->data, '\0', out->size) == NULL;
}

static struct text cut(struct text *rest, char separator)
{
    const char *end = rest->size > 0 ? memchr(rest->data, separator, rest->size) : NULL;
    size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    struct text front = {rest->data, size};
    size_t skip = end == NULL ? size : size + 1;
    *rest = (struct text){rest->data + skip, rest->size - skip};
    return front;
}

bool uri_query(struct text query, struct arena *arena, struct parameter *out, size_t *count,
               struct problem *problem)
{
    *count = 0;
    while (query.size > 0) {
        struct text value = cut(&query, '&');
        if (value.size == 0) {
            continue;
        }
        if (*count == URI_PARAMETERS_MAX) {
            problem_set(problem, STATUS_invalid_parameter, "Send at most %d parameters.",
                        URI_PARAMETERS_MAX);
            return false;
        }
        struct text name = cut(&value, '=');
        struct parameter *parameter = &out[(*count)++];
        if (!decode(name, arena, &parameter->name) || !decode(value, arena, &parameter->value)) {
            problem_set(problem, STATUS_invalid_parameter,
                        "Write the query in UTF-8, with escapes of two hexadecimal digits.");
            return false;
        }
    }
    return true;
}
