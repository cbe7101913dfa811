#include "contract/shape.h"

const struct field *shape_field(const struct shape *shape, struct text name)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (text_equal(name, shape->fields[i].name))
            return &shape->fields[i];
    }
    return NULL;
}
