/* How accounts and movements are drawn, wherever they are. */
#pragma once

#include "model/account_list.h"
#include "screens/book.h"
#include "term/surface.h"
#include "widgets/table.h"

/* Heading and rows; the selected row is marked, and the cursor stands on it when `cursor`. */
void pane_accounts(struct area area, const struct account_list *list, struct table *table,
                   bool cursor);
/* "── 10000 00420 · González, Zoë ───" */
void pane_title(struct area area, int row, const struct account_row *account);
/* Balance, this month, as of: two rows at most; returns how many were used. */
int pane_balance(struct area area, int row, const struct book *book);
/* Heading and movements; `table` NULL: the newest that fit, none selected. */
void pane_history(struct area area, const struct book *book, struct table *table);
struct pane_movements {
    const struct movement *rows;
    size_t count;
    unsigned exponent;
    bool split; /* debits and credits in columns of their own, where there is room */
    struct table *table;
};
void pane_movements(struct area area, const struct pane_movements *lines);
