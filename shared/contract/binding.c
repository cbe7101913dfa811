#include "contract/binding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct writer {
    char *out;
    size_t size, room;
};

static void put(struct writer *writer, const char *data, size_t size)
{
    if (size > writer->room - writer->size) /* a pointer is cut between its characters only */
        writer->room = writer->size;
    else {
        memcpy(writer->out + writer->size, data, size);
        writer->size += size;
    }
}

/* A name as RFC 6901 writes it in a fragment. Names are hostile: what is not plain is encoded
 * byte by byte, so that the pointer is ASCII whatever the message said. */
static void put_name(struct writer *writer, struct text name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._!$&'()*+,;=:@";
    for (size_t i = 0; i < name.size && writer->size < writer->room; i++) {
        unsigned char c = (unsigned char)name.data[i];
        char encoded[4];
        if (c == '~' || c == '/') {
            put(writer, c == '~' ? "~0" : "~1", 2);
        } else if (c != '\0' && strchr(plain, c) != NULL) {
            put(writer, name.data + i, 1);
        } else {
            int size = snprintf(encoded, sizeof encoded, "%%%02X", c);
            put(writer, encoded, (size_t)size);
        }
    }
}

static void put_place(struct writer *writer, const struct place *place)
{
    if (place == NULL)
        return;
    put_place(writer, place->up);
    put(writer, "/", 1);
    if (place->name.data != NULL) {
        put_name(writer, place->name);
    } else {
        char index[24];
        int size = snprintf(index, sizeof index, "%zu", place->index);
        put(writer, index, (size_t)size);
    }
}

static bool refuse(struct binding *binding, const struct place *place, enum status status,
                   const char *detail)
{
    char pointer[PROBLEM_POINTER_MAX];
    struct writer writer = {pointer, 0, sizeof pointer - 1};
    put(&writer, binding->pointer, strlen(binding->pointer));
    put_place(&writer, place);
    pointer[writer.size] = '\0';
    problem_at(binding->problem, status, pointer, "%s", detail);
    return false;
}

bool binding_refuse(struct binding *binding, const struct place *place, enum status status,
                    const char *detail, ...)
{
    binding->failed = true;
    if (binding_is_lenient(binding))
        return false;
    char text[PROBLEM_DETAIL_MAX];
    va_list arguments;
    va_start(arguments, detail);
    int size = vsnprintf(text, sizeof text, detail, arguments);
    va_end(arguments);
    return refuse(binding, place, status, size < 0 ? "" : text);
}

enum status binding_code(enum field_code code)
{
    return code == FIELD_PARAMETER ? STATUS_invalid_parameter : STATUS_malformed_request;
}

bool binding_refuse_value(struct binding *binding, const struct place *place,
                          const struct field *field, const char *detail, ...)
{
    binding->failed = true;
    if (binding_is_lenient(binding))
        return false;
    char text[PROBLEM_DETAIL_MAX];
    int used = snprintf(text, sizeof text, "%s ", field->name.data);
    CHECK(used > 0 && (size_t)used < sizeof text);
    va_list arguments;
    va_start(arguments, detail);
    int size = vsnprintf(text + used, sizeof text - (size_t)used, detail, arguments);
    va_end(arguments);
    return refuse(binding, place, binding_code(field->code), size < 0 ? "" : text);
}

bool binding_no_room(struct binding *binding)
{
    binding->failed = true;
    if (!binding_is_lenient(binding))
        problem_set(binding->problem, STATUS_unavailable, "The request needs too much memory.");
    return false;
}
