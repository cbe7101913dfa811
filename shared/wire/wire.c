/* The two envelopes of CONTRACT 5. */
#include "wire/wire.h"

#include "contract/bind.h"
#include "wire/wire_id.h"
#include "wire/wire_parse.h"
#include "wire/wire_scan.h"

#define VERSION 1
#define OP_SHOWN_MAX 64

enum {
    ENVELOPE_V,
    ENVELOPE_ID,
    ENVELOPE_OP,
    ENVELOPE_AUTH,
    ENVELOPE_KEY,
    ENVELOPE_ARGS,
    ENVELOPE_COUNT
};
static const char *const envelope_names[ENVELOPE_COUNT] = {"v", "id", "op", "auth", "key", "args"};

struct envelope {
    const struct node *fields[ENVELOPE_COUNT];
};

static bool refuse(struct problem *problem, const char *detail)
{
    problem_set(problem, STATUS_malformed_request, "%s", detail);
    return false;
}

static bool refuse_room(struct problem *problem)
{
    problem_set(problem, STATUS_unavailable, "The request needs too much memory.");
    return false;
}

static bool open_envelope(const struct node *node, struct envelope *out, struct problem *problem)
{
    *out = (struct envelope){0};
    if (node->type != NODE_MAP)
        return refuse(problem, "Send a msgpack map with v, id, op, auth, key and args.");
    for (size_t i = 0; i < node->map.count; i++) {
        const struct node_entry *entry = &node->map.entries[i];
        size_t at = 0;
        while (at < ENVELOPE_COUNT && !text_is(entry->key, envelope_names[at]))
            at++;
        if (at == ENVELOPE_COUNT)
            return refuse(problem, "A request has no other fields than v, id, op, auth, key and "
                                   "args.");
        if (out->fields[at] != NULL) {
            problem_set(problem, STATUS_malformed_request, "%s is given twice.",
                        envelope_names[at]);
            return false;
        }
        out->fields[at] = &entry->value;
    }
    return true;
}

static bool is_shown(struct text text)
{
    return text.size <= OP_SHOWN_MAX && bind_key_is_valid(text);
}

static bool read_op(const struct node *op, struct wire_request *out, struct problem *problem)
{
    if (op == NULL || op->type != NODE_TEXT)
        return refuse(problem, "op must be the name of an operation.");
    out->message = message_by_name(op->text);
    if (out->message != NULL)
        return true;
    problem_set(problem, STATUS_malformed_request, "There is no operation \"%.*s\".",
                TEXT_ARGS(is_shown(op->text) ? op->text : TEXT("?")));
    return false;
}

static bool read_head(const struct envelope *envelope, struct wire_request *out,
                      struct problem *problem)
{
    const struct node *v = envelope->fields[ENVELOPE_V];
    const struct node *auth = envelope->fields[ENVELOPE_AUTH];
    const struct node *key = envelope->fields[ENVELOPE_KEY];
    if (v == NULL || v->type != NODE_INT || v->integer != VERSION)
        return refuse(problem, "v must be 1.");
    if (out->id.type == WIRE_ID_NULL)
        return refuse(problem, "id must be an unsigned integer, or a string of at most 255 bytes.");
    if (!read_op(envelope->fields[ENVELOPE_OP], out, problem))
        return false;
    if (auth != NULL && auth->type != NODE_TEXT)
        return refuse(problem, "auth must be a string.");
    if (key != NULL && key->type != NODE_TEXT)
        return refuse(problem, "key must be a string.");
    if (key != NULL && !bind_key_is_valid(key->text)) {
        problem_set(problem, STATUS_invalid_key, NULL);
        return false;
    }
    out->auth = auth != NULL ? auth->text : (struct text){0};
    out->key = key != NULL ? key->text : (struct text){0};
    return true;
}

bool wire_decode_request(const void *data, size_t size, struct arena *arena,
                         struct wire_request *out, struct problem *problem)
{
    static const struct node no_args = {.type = NODE_MAP};
    struct node root;
    struct envelope envelope;
    problem_clear(problem);
    *out = (struct wire_request){.id = wire_id_read(data, size)};
    if (size > WIRE_MESSAGE_MAX) {
        problem_set(problem, STATUS_request_too_large, NULL);
        return false;
    }
    if (!wire_scan_is_sound(data, size))
        return refuse(problem, "Send one sound msgpack map, at most 8 levels deep.");
    if (!wire_unpack(data, size, arena, &root))
        return refuse_room(problem);
    if (!open_envelope(&root, &envelope, problem) || !read_head(&envelope, out, problem))
        return false;
    const struct node *args = envelope.fields[ENVELOPE_ARGS];
    out->args = arena_get(arena, out->message->args->size);
    if (out->args == NULL)
        return refuse_room(problem);
    return bind_request(args != NULL ? args : &no_args, out->message->args, "#", arena, out->args,
                        problem);
}

static void put_key(struct emitter *to, const char *name)
{
    to->key(to, text_of(name));
}

static void put_opening(struct emitter *to, struct wire_id id)
{
    put_key(to, "v");
    to->integer(to, VERSION);
    put_key(to, "id");
    wire_id_emit(to, id);
}

void wire_encode_request(struct bytes *out, struct wire_id id, const struct message *message,
                         struct text auth, struct text key, const void *args)
{
    struct wire_emitter emitter;
    struct emitter *to = &emitter.emitter;
    wire_emitter_init(&emitter, out);
    to->map(to, 4u + (auth.data != NULL) + (key.data != NULL));
    put_opening(to, id);
    put_key(to, "op");
    to->text(to, text_of(message->name));
    if (auth.data != NULL) {
        put_key(to, "auth");
        to->text(to, auth);
    }
    if (key.data != NULL) {
        put_key(to, "key");
        to->text(to, key);
    }
    put_key(to, "args");
    emit_args(to, message->args, args);
    to->map_end(to);
}

static void put_reply(struct emitter *to, struct wire_id id, bool ok, bool replayed)
{
    to->map(to, 5);
    put_opening(to, id);
    put_key(to, "ok");
    to->boolean(to, ok);
    put_key(to, "replayed");
    to->boolean(to, replayed);
    put_key(to, ok ? "result" : "error");
}

void wire_encode_result(struct bytes *out, struct wire_id id, bool replayed, struct any result)
{
    struct wire_emitter emitter;
    struct emitter *to = &emitter.emitter;
    wire_emitter_init(&emitter, out);
    put_reply(to, id, true, replayed);
    if (result.shape != NULL) {
        emit_any(to, result);
    } else {
        to->map(to, 0);
        to->map_end(to);
    }
    to->map_end(to);
}

void wire_encode_problem(struct bytes *out, struct wire_id id, bool replayed,
                         const struct problem *problem, struct text request_id)
{
    struct wire_emitter emitter;
    struct emitter *to = &emitter.emitter;
    wire_emitter_init(&emitter, out);
    put_reply(to, id, false, replayed);
    emit_problem(to, problem, request_id, false);
    to->map_end(to);
}

static bool read_bool(const struct node *map, const char *name, bool *out)
{
    const struct node *node = node_find(map, name);
    if (node == NULL || node->type != NODE_BOOL)
        return false;
    *out = node->boolean;
    return true;
}

bool wire_decode_reply(const void *data, size_t size, struct arena *arena, struct wire_reply *out)
{
    *out = (struct wire_reply){.id = wire_id_read(data, size)};
    struct node *root = arena_get(arena, sizeof *root);
    if (root == NULL || !wire_parse(data, size, arena, root))
        return false;
    const struct node *v = node_find(root, "v");
    if (v == NULL || v->type != NODE_INT || v->integer != VERSION)
        return false;
    if (!read_bool(root, "ok", &out->ok) || !read_bool(root, "replayed", &out->replayed))
        return false;
    if (!out->ok)
        return bind_problem(node_find(root, "error"), &out->problem);
    out->result = node_find(root, "result");
    return out->result != NULL;
}
