/* Shapes: one description of a struct that every codec walks.
 *
 * A shape lists the fields of a plain C struct: name on the wire, type, offset, bounds. From it
 * come the check of hostile input (bind.h), JSON and msgpack output (emit.h), the client's
 * decoding of replies (bind.h again, lenient), and the OpenAPI cross-check in the tests.
 *
 * Where a field may be absent in a request, presence is a bit (its index) in the struct's first
 * member, `uint32_t given`. In results presence does not exist: a field is always written, except
 * one whose `only_for` mask misses the discriminator (see below), and an absent value is null. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/money.h"
#include "base/text.h"

enum field_type {
    FIELD_TEXT,     /* struct text; UTF-8, min ... max characters, no bounds in results */
    FIELD_SECRET,   /* struct text like FIELD_TEXT, never logged */
    FIELD_ACCOUNT,  /* uint64_t; ten digits as a string; 0 is null */
    FIELD_MONEY,    /* struct money; in requests min ... max */
    FIELD_CURRENCY, /* uint16_t, ISO number; three letters; 0 is null */
    FIELD_TIME,     /* int64_t microseconds; 0 is null */
    FIELD_MONTH,    /* int32_t */
    FIELD_DAY,      /* int32_t */
    FIELD_UINT,     /* uint64_t; min ... max */
    FIELD_BOOL,     /* bool */
    FIELD_ENUM,     /* uint8_t: index into names; the name on the wire */
    FIELD_SET,      /* uint32_t: bits over names; a list (msgpack, JSON), a comma list (query) */
    FIELD_OBJECT,   /* the struct of `shape`, embedded */
    FIELD_LIST,     /* struct list of `shape` */
    FIELD_ANY,      /* struct any: null, or another shape known at run time */
    FIELD_CODE,     /* uint16_t enum status; its code on the wire */
    FIELD_ARGS,     /* struct any, requests only: the arguments of the op named by `op` */
    FIELD_KEY,      /* struct text; an idempotency key: 1 ... 255 printable ASCII characters */
    FIELD_CONSTANT, /* no member: names[0], always; skipped when reading */
    FIELD_ACCOUNTS, /* struct list of uint64_t: account numbers; min ... max of them */
    FIELD_PROBLEM,  /* const struct problem *; the error map of a nested outcome, or null */
};

enum field_flag {
    FIELD_REQUIRED = 1,       /* requests: refuse when missing */
    FIELD_NULL_IF_ZERO = 2,   /* results: 0 (or absent text) is written as null */
    FIELD_IN_PATH = 4,        /* REST: a {name} of the path */
    FIELD_ZMQ_ONLY = 8,       /* requests: not a parameter of REST */
    FIELD_DISCRIMINATOR = 16, /* uint8_t enum or bool: 1 << value is held against only_for */
    FIELD_NULL_IF_MAX = 32,   /* results: UINT64_MAX is written as null */
    FIELD_DIGITS = 64         /* requests: a text of decimal digits only */
};

struct list {
    void *items;
    size_t count;
};

struct node;
struct shape;

struct any {
    const struct shape *shape; /* NULL: null */
    const void *value;
    const struct node *node; /* decoded by a client, to be bound when the type is known */
};

enum field_code {
    FIELD_MALFORMED, /* malformed_request */
    FIELD_PARAMETER  /* invalid_parameter: cursors, limits and filters of queries */
};

struct field {
    struct text name; /* with a NUL behind it */
    enum field_type type;
    uint32_t offset;
    uint32_t flags;
    int64_t min, max;          /* characters, money, integer or items; requests only */
    const char *const *names;  /* FIELD_ENUM, FIELD_SET: ends with NULL; "" is not for asking */
    const struct shape *shape; /* FIELD_OBJECT, FIELD_LIST */
    uint32_t only_for;         /* 0: always written */
    enum field_code code;      /* requests: which 400 a bad or missing value earns */
};

struct shape {
    const char *name;
    size_t size; /* of the struct */
    const struct field *fields;
    size_t count;         /* at most SHAPE_FIELDS_MAX */
    enum field_code code; /* requests: which 400 an unknown or repeated field earns */
};

#define SHAPE_FIELDS_MAX 32

/* The first field of that name, or NULL. Two fields may share a name when their only_for masks
 * do not meet. */
const struct field *shape_field(const struct shape *shape, struct text name);
