#include "model/account_list.h"

#include <stdlib.h>
#include <string.h>

static void copy_text(char *out, size_t size, struct text text)
{
    size_t count = text.size < size ? text.size : size - 1;
    if (count > 0) {
        memcpy(out, text.data, count);
    }
    out[count] = '\0';
}

void account_row_from(struct account_row *row, const struct account_result *result)
{
    *row = (struct account_row){.account = result->account,
                                .currency = result->currency,
                                .status = result->status,
                                .balance = result->balance,
                                .version = result->version,
                                .position = result->position,
                                .opened_at = result->opened_at};
    copy_text(row->owner, sizeof row->owner, result->owner);
}

bool account_row_apply(struct account_row *row, const struct event *event)
{
    if (event->type != EVENT_BALANCE_UPDATED || event->account != row->account ||
        event->position <= row->position) {
        return false;
    }
    row->balance = event->balance;
    row->version = event->version;
    row->position = event->position;
    return true;
}

void account_list_close(struct account_list *list)
{
    free(list->rows);
    *list = (struct account_list){0};
}

void account_list_append(struct account_list *list, const struct list_result *result)
{
    const struct account_result *found = result->data.items;
    uint64_t last = list->count > 0 ? list->rows[list->count - 1].account : 0;
    bool moves = result->data.count > 0 && found[result->data.count - 1].account > last;
    size_t room = ACCOUNT_LIST_MAX - list->count;
    size_t count = result->data.count < room ? result->data.count : room;
    if (count > 0) {
        list->rows = realloc(list->rows, (list->count + count) * sizeof *list->rows);
        CHECK(list->rows != NULL);
    }
    for (size_t i = 0; i < count; i++) {
        account_row_from(&list->rows[list->count++], &found[i]);
    }
    list->total = result->total;
    list->stuck = result->has_more && !moves;
    list->more = result->has_more && moves && list->count < ACCOUNT_LIST_MAX;
}

void account_list_replace(struct account_list *list, const struct list_result *result)
{
    list->count = 0;
    account_list_append(list, result);
}

struct account_row *account_list_find(const struct account_list *list, uint64_t account,
                                      size_t *index)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->rows[i].account == account) {
            if (index != NULL) {
                *index = i;
            }
            return &list->rows[i];
        }
    }
    return NULL;
}

bool account_list_apply(struct account_list *list, const struct event *event)
{
    struct account_row *row = account_list_find(list, event->account, NULL);
    return row != NULL && account_row_apply(row, event);
}

struct text account_search(struct text typed, char *out, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < typed.size; i++) {
        char letter = typed.data[i];
        if (letter >= '0' && letter <= '9') {
            if (count < size) {
                out[count++] = letter;
            }
        } else if (letter != ' ' && letter != '-') {
            return typed;
        }
    }
    return (struct text){out, count};
}
