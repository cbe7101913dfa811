#include <stdio.h>

#include "base/utf8.h"
#include "contract/bind.h"

/* What a daemon says about itself is shown to people, so it is checked like any other input: a
 * text that is not UTF-8, or too long to be one of ours, is cut or left out. */
static void copy_text(const struct node *map, const char *name, char *out, size_t room)
{
    const struct node *node = node_find(map, name);
    out[0] = '\0';
    if (node == NULL || node->type != NODE_TEXT || !utf8_is_valid(node->text))
        return;
    size_t size = node->text.size;
    if (size > room - 1) {
        size = room - 1;
        while (size > 0 && ((unsigned char)node->text.data[size] & 0xc0) == 0x80)
            size--;
    }
    int written = snprintf(out, room, "%.*s", (int)size, node->text.data);
    if (written < 0)
        out[0] = '\0';
}

static int64_t integer_of(const struct node *map, const char *name)
{
    const struct node *node = node_find(map, name);
    return node != NULL && node->type == NODE_INT ? node->integer : 0;
}

static void copy_errors(const struct node *errors, struct problem *out)
{
    if (errors == NULL || errors->type != NODE_LIST)
        return;
    for (size_t i = 0; i < errors->list.count && out->error_count < PROBLEM_ERRORS_MAX; i++) {
        const struct node *item = &errors->list.items[i];
        struct problem_error *error = &out->errors[out->error_count];
        if (item->type != NODE_MAP)
            continue;
        copy_text(item, "pointer", error->pointer, sizeof error->pointer);
        copy_text(item, "detail", error->detail, sizeof error->detail);
        out->error_count++;
    }
}

bool bind_problem(const struct node *node, struct problem *out)
{
    const struct node *code = node_find(node, "code");
    problem_clear(out);
    if (code == NULL || code->type != NODE_TEXT)
        return false;
    if (!status_by_code(code->text, &out->status) || out->status == STATUS_ok)
        out->status = STATUS_unavailable;
    copy_text(node, "detail", out->detail, sizeof out->detail);
    out->balance = money(integer_of(node, "balance"));
    out->amount = money(integer_of(node, "amount"));
    int64_t version = integer_of(node, "version");
    int64_t retry_after = integer_of(node, "retry_after");
    out->version = version > 0 ? (uint64_t)version : 0;
    out->retry_after_s = retry_after > 0 && retry_after <= UINT32_MAX ? (uint32_t)retry_after : 0;
    copy_errors(node_find(node, "errors"), out);
    return true;
}
