/* Operations and the paths of REST: finding one by the other, both ways. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/account_number.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/currency.h"
#include "base/time.h"
#include "contract/messages.h"

#define PATH_MAX_BYTES 16384 /* every field of a message at its bound, encoded, stays below */

/* Cuts the first segment off; false at the end of the path. */
static bool next_segment(struct text *path, struct text *segment)
{
    if (path->size == 0 || path->data[0] != '/')
        return false;
    const char *start = path->data + 1;
    const char *end = memchr(start, '/', path->size - 1);
    size_t size = end == NULL ? path->size - 1 : (size_t)(end - start);
    *segment = (struct text){start, size};
    *path = (struct text){start + size, path->size - 1 - size};
    return true;
}

/* The number of {name}s that were filled, or -1 when the path is another. Every request comes
 * here for every row of the table, so it gives up at the first character that differs. */
static int match_pattern(const char *pattern, struct text path, struct text *values)
{
    const char *at = path.data, *end = path.data + path.size;
    int count = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (at == end || *at++ != *pattern++)
                return -1;
            continue;
        }
        const char *start = at;
        while (at < end && *at != '/')
            at++;
        if (at == start)
            return -1;
        CHECK(count < MESSAGE_PATH_VALUES_MAX);
        values[count++] = (struct text){start, (size_t)(at - start)};
        while (*pattern++ != '}')
            continue;
    }
    return at == end ? count : -1;
}

static void allow(char list[MESSAGE_ALLOW_MAX], const char *method)
{
    size_t used = strlen(list);
    int size = snprintf(list + used, MESSAGE_ALLOW_MAX - used, "%s%s%s", used > 0 ? ", " : "",
                        method, strcmp(method, "GET") == 0 ? ", HEAD" : "");
    CHECK(size > 0 && (size_t)size < MESSAGE_ALLOW_MAX - used);
}

void message_match(struct text method, struct text path, struct message_match *out)
{
    if (text_is(method, "HEAD"))
        method = TEXT("GET");
    int fewest = MESSAGE_PATH_VALUES_MAX + 1; /* {name}s: the most literal path counts */
    out->outcome = MESSAGE_MATCH_NO_PATH;
    out->message = NULL;
    out->value_count = 0;
    out->allow[0] = '\0';
    for (unsigned i = 0; i < OP_COUNT; i++) {
        const struct message *message = message_of((enum op)i);
        struct text values[MESSAGE_PATH_VALUES_MAX];
        if (message->method == NULL)
            continue;
        int count = match_pattern(message->path, path, values);
        if (count < 0 || count > fewest)
            continue;
        if (count < fewest) {
            fewest = count;
            out->outcome = MESSAGE_MATCH_NO_METHOD;
            out->message = NULL;
            out->allow[0] = '\0';
        }
        allow(out->allow, message->method);
        if (!text_is(method, message->method))
            continue;
        out->outcome = MESSAGE_MATCH_FOUND;
        out->message = message;
        out->value_count = (size_t)count;
        for (int k = 0; k < count; k++)
            out->values[k] = values[k];
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool message_decode(struct text encoded, bool query, struct arena *arena, struct text *out)
{
    char *to = arena_get(arena, encoded.size + 1);
    if (to == NULL)
        return false;
    size_t size = 0;
    for (size_t i = 0; i < encoded.size; i++) {
        char c = encoded.data[i];
        if (c == '%') {
            int high = i + 2 < encoded.size ? hex_value(encoded.data[i + 1]) : -1;
            int low = i + 2 < encoded.size ? hex_value(encoded.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && query) {
            c = ' ';
        }
        to[size++] = c;
    }
    to[size] = '\0';
    *out = (struct text){to, size};
    return true;
}

static void put_encoded(struct bytes *out, struct text text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._~:,";
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c != '\0' && strchr(plain, c) != NULL)
            bytes_put_u8(out, c);
        else
            bytes_print(out, "%%%02X", c);
    }
}

static void put_set(struct bytes *out, const struct field *field, uint32_t set)
{
    const char *comma = "";
    for (unsigned i = 0; field->names[i] != NULL; i++) {
        if ((set >> i & 1u) == 0)
            continue;
        bytes_print(out, "%s%s", comma, field->names[i]);
        comma = ",";
    }
}

/* The value as it stands in a path or a query; the types that no parameter has are not known. */
static void put_value(struct bytes *out, const struct field *field, const void *value)
{
    char print[TIME_TEXT_MAX > ACCOUNT_TEXT_MAX ? TIME_TEXT_MAX : ACCOUNT_TEXT_MAX];
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_SECRET:
    case FIELD_KEY:
        put_encoded(out, *(const struct text *)value);
        break;
    case FIELD_ACCOUNT:
        bytes_print(out, "%s", account_print(*(const uint64_t *)value, print));
        break;
    case FIELD_MONEY:
        bytes_print(out, "%" PRId64, ((const struct money *)value)->minor);
        break;
    case FIELD_CURRENCY:
        bytes_print(out, "%s", currency_code(*(const uint16_t *)value));
        break;
    case FIELD_TIME:
        bytes_print(out, "%s", time_print(*(const int64_t *)value, print));
        break;
    case FIELD_MONTH:
        bytes_print(out, "%s", month_print(*(const int32_t *)value, print));
        break;
    case FIELD_DAY:
        bytes_print(out, "%s", day_print(*(const int32_t *)value, print));
        break;
    case FIELD_UINT:
        bytes_print(out, "%" PRIu64, *(const uint64_t *)value);
        break;
    case FIELD_BOOL:
        bytes_print(out, "%s", *(const bool *)value ? "true" : "false");
        break;
    case FIELD_ENUM:
        bytes_print(out, "%s", field->names[*(const uint8_t *)value]);
        break;
    case FIELD_SET:
        put_set(out, field, *(const uint32_t *)value);
        break;
    default:
        CHECK(!"a parameter of this type");
    }
}

static const void *value_of(const struct field *field, const void *args)
{
    return (const char *)args + field->offset;
}

static void put_path(struct bytes *out, const struct message *message, const void *args)
{
    struct text rest = text_of(message->path), segment;
    while (next_segment(&rest, &segment)) {
        bytes_put_u8(out, '/');
        if (segment.data[0] != '{') {
            bytes_put_text(out, segment);
            continue;
        }
        struct text name = {segment.data + 1, segment.size - 2};
        const struct field *field = shape_field(message->args, name);
        CHECK(field != NULL);
        put_value(out, field, value_of(field, args));
    }
}

struct text message_path(const struct message *message, const void *args, struct arena *arena)
{
    const struct shape *shape = message->args;
    uint32_t given;
    memcpy(&given, args, sizeof given);
    struct bytes out;
    bytes_init(&out, PATH_MAX_BYTES);
    put_path(&out, message, args);
    char mark = '?';
    for (unsigned i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if ((given >> i & 1u) == 0 || (field->flags & (FIELD_IN_PATH | FIELD_ZMQ_ONLY)) != 0)
            continue;
        bytes_print(&out, "%c%s=", mark, field->name.data);
        put_value(&out, field, value_of(field, args));
        mark = '&';
    }
    CHECK(!out.overflow);
    struct text path = arena_copy(arena, bytes_text(&out));
    bytes_close(&out);
    return path;
}
