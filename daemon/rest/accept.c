#include "rest/accept.h"

#include <string.h>
#include <strings.h>

#include "contract/args.h"
#include "contract/bind.h"

struct text accept_trim(struct text text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t')) {
        text.size--;
    }
    return text;
}

bool accept_equal(struct text text, const char *lower)
{
    return text.size == strlen(lower) && strncasecmp(text.data, lower, text.size) == 0;
}

/* Cuts off the front up to `separator`, outside of quoted strings; false at the end. */
static bool next_part(struct text *rest, char separator, struct text *part)
{
    if (rest->data == NULL) {
        return false;
    }
    bool quoted = false;
    size_t at = 0;
    while (at < rest->size && (quoted || rest->data[at] != separator)) {
        if (quoted && rest->data[at] == '\\' && at + 1 < rest->size) {
            at++;
        } else if (rest->data[at] == '"') {
            quoted = !quoted;
        }
        at++;
    }
    *part = accept_trim((struct text){rest->data, at});
    if (at < rest->size) {
        *rest = (struct text){rest->data + at + 1, rest->size - at - 1};
    } else {
        *rest = (struct text){NULL, 0};
    }
    return true;
}

/* "name=value" into its halves, quotes taken off. */
static struct text parameter_value(struct text parameter, const char *name)
{
    const char *equals = parameter.size > 0 ? memchr(parameter.data, '=', parameter.size) : NULL;
    if (equals == NULL) {
        return (struct text){NULL, 0};
    }
    size_t size = (size_t)(equals - parameter.data);
    if (!accept_equal(accept_trim((struct text){parameter.data, size}), name)) {
        return (struct text){NULL, 0};
    }
    struct text value = accept_trim((struct text){equals + 1, parameter.size - size - 1});
    if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"') {
        value = (struct text){value.data + 1, value.size - 2};
    }
    return value;
}

/* "0", "0.5", "1.000" in thousandths; what is no such number counts as 1, as if not said. */
static int quality_of(struct text value)
{
    if (value.size == 0 || value.size > 5 || (value.data[0] != '0' && value.data[0] != '1') ||
        (value.size > 1 && value.data[1] != '.')) {
        return 1000;
    }
    int quality = (value.data[0] - '0') * 1000;
    int unit = 100;
    for (size_t i = 2; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return 1000;
        }
        quality += (value.data[i] - '0') * unit;
        unit /= 10;
    }
    return quality > 1000 ? 1000 : quality;
}

void accept_add(struct accept *accept, struct text value)
{
    static const char *const names[MEDIA_COUNT] = {"application/json", "text/plain", "text/csv"};
    static const char *const wide[MEDIA_COUNT] = {"application/*", "text/*", "text/*"};
    struct text part;
    while (next_part(&value, ',', &part)) {
        struct text range, parameter;
        if (part.size == 0 || !next_part(&part, ';', &range)) {
            continue;
        }
        int quality = 1000;
        while (next_part(&part, ';', &parameter)) {
            struct text q = parameter_value(parameter, "q");
            if (q.data != NULL) {
                quality = quality_of(q);
            }
        }
        accept->given = true;
        for (unsigned i = 0; i < MEDIA_COUNT; i++) {
            int exactness = accept_equal(range, names[i])  ? 3
                            : accept_equal(range, wide[i]) ? 2
                            : accept_equal(range, "*/*")   ? 1
                                                           : 0;
            if (exactness > accept->exactness[i] ||
                (exactness != 0 && exactness == accept->exactness[i] &&
                 quality > accept->quality[i])) {
                accept->exactness[i] = exactness;
                accept->quality[i] = quality;
            }
        }
    }
}

bool accept_wants(const struct accept *accept, enum media media)
{
    return !accept->given || accept->quality[media] > 0;
}

bool accept_best(const struct accept *accept, unsigned count, enum media *out)
{
    int best = 0;
    for (unsigned i = 0; i < count; i++) {
        int quality = accept->given ? accept->quality[i] : 1000;
        if (quality > best) {
            best = quality;
            *out = (enum media)i;
        }
    }
    return best > 0;
}

bool accept_is_json(struct text content_type)
{
    struct text type, parameter;
    if (!next_part(&content_type, ';', &type) || !accept_equal(type, "application/json")) {
        return false;
    }
    while (next_part(&content_type, ';', &parameter)) {
        struct text charset = parameter_value(parameter, "charset");
        if (charset.data != NULL && !accept_equal(charset, "utf-8")) {
            return false;
        }
    }
    return true;
}

bool accept_none_match(struct text value, uint64_t version)
{
    struct text part;
    while (next_part(&value, ',', &part)) {
        if (text_is(part, "*")) {
            return true;
        }
        if (part.size > 2 && memcmp(part.data, "W/", 2) == 0) {
            part = (struct text){part.data + 2, part.size - 2};
        }
        if (part.size < 3 || part.data[0] != '"' || part.data[part.size - 1] != '"') {
            continue;
        }
        int64_t number;
        if (text_to_int64((struct text){part.data + 1, part.size - 2}, &number) == TEXT_NUMBER_OK &&
            number >= 0 && (uint64_t)number == version) {
            return true;
        }
    }
    return false;
}

/* Takes the quotes off: only a quote and a backslash may stand behind a backslash. */
static bool unquote(struct text value, char *out, size_t *size)
{
    size_t n = 0;
    for (size_t i = 1; i + 1 < value.size; i++) {
        char c = value.data[i];
        if (c == '"') {
            return false;
        }
        if (c == '\\') {
            i++;
            if (i + 1 >= value.size || (value.data[i] != '"' && value.data[i] != '\\')) {
                return false;
            }
            c = value.data[i];
        }
        out[n++] = c;
    }
    *size = n;
    return true;
}

bool accept_key(struct text value, struct arena *arena, struct text *out)
{
    char plain[2 * ARG_KEY_MAX + 2]; /* every character escaped */
    if (value.size == 0 || value.size > sizeof(plain)) {
        return false;
    }
    size_t size = value.size;
    if (value.data[0] != '"') {
        memcpy(plain, value.data, value.size);
    } else if (value.size < 2 || value.data[value.size - 1] != '"' ||
               !unquote(value, plain, &size)) {
        return false;
    }
    if (!bind_key_is_valid((struct text){plain, size})) {
        return false;
    }
    *out = arena_copy(arena, (struct text){plain, size});
    return out->data != NULL;
}
