/* Nodes: what a message says before anybody has checked it. JSON, msgpack and query strings all
 * become a tree of nodes in the request's arena; bind.h turns nodes into structs.
 * A map keeps its entries in the order of the message, duplicates included. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum node_type {
    NODE_NULL,
    NODE_BOOL,
    NODE_INT,  /* fits int64 */
    NODE_HUGE, /* an integer beyond int64 */
    NODE_REAL, /* 10.0, 1e2, NaN: never accepted */
    NODE_TEXT, /* bytes claimed to be UTF-8; not checked yet */
    NODE_LIST,
    NODE_MAP,
    NODE_OTHER /* msgpack bin, ext, non-text keys */
};

struct node_entry;

struct node {
    enum node_type type;
    union {
        bool boolean;
        int64_t integer;
        struct text text;
        struct {
            struct node *items;
            size_t count;
        } list;
        struct {
            struct node_entry *entries;
            size_t count;
        } map;
    };
};

struct node_entry {
    struct text key; /* absent: the message had something else than a text there */
    struct node value;
};

#define NODE_DEPTH_MAX 8          /* lists and maps within each other; scalars do not count */
#define NODE_COUNT_MAX (1u << 16) /* values in one tree; a full batch has about 41 000 */

/* The first entry of that name, or NULL. NULL too when `node` is not a map. */
const struct node *node_find(const struct node *node, const char *name);
