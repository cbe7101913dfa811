/* How tables of fields are written down. */
#pragma once

#include <stddef.h>

#include "contract/shape.h"

/* A text that can stand in a table. */
#define FIELD_NAME(literal)                                                                        \
    {                                                                                              \
        "" literal, sizeof("" literal) - 1                                                         \
    }

/* A field named like its member. */
#define FIELD(structure, member, kind, ...)                                                        \
    {                                                                                              \
        .name = FIELD_NAME(#member), .type = FIELD_##kind,                                         \
        .offset = offsetof(struct structure, member), __VA_ARGS__                                  \
    }

/* A field with another name than its member's. */
#define FIELD_AS(wire_name, structure, member, kind, ...)                                          \
    {                                                                                              \
        .name = FIELD_NAME(wire_name), .type = FIELD_##kind,                                       \
        .offset = offsetof(struct structure, member), __VA_ARGS__                                  \
    }

#define SHAPE(shape_name, structure, table, ...)                                                   \
    {                                                                                              \
        .name = (shape_name), .size = sizeof(struct structure), .fields = (table),                 \
        .count = sizeof(table) / sizeof((table)[0]), __VA_ARGS__                                   \
    }
