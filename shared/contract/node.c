#include "contract/node.h"

const struct node *node_find(const struct node *node, const char *name)
{
    if (node == NULL || node->type != NODE_MAP)
        return NULL;
    for (size_t i = 0; i < node->map.count; i++) {
        if (text_is(node->map.entries[i].key, name))
            return &node->map.entries[i].value;
    }
    return NULL;
}
