#include "widgets/table.h"

static size_t last_of(const struct table *table)
{
    return table->count > 0 ? table->count - 1 : 0;
}

void table_resize(struct table *table, size_t count)
{
    table->count = count;
    if (table->selected > last_of(table)) {
        table->selected = last_of(table);
    }
}

void table_shift(struct table *table, size_t rows)
{
    table->count += rows;
    if (table->selected > 0 || table->top > 0) {
        table->selected += rows;
        table->top += rows;
    }
    table_resize(table, table->count);
}

void table_fit(struct table *table, size_t shown)
{
    table->shown = shown > 0 ? shown : 1;
    if (table->selected < table->top) {
        table->top = table->selected;
    }
    if (table->selected >= table->top + table->shown) {
        table->top = table->selected - table->shown + 1;
    }
    if (table->top > 0 && table->top + table->shown > table->count) {
        table->top = table->count > table->shown ? table->count - table->shown : 0;
    }
}

void table_place(struct table *table, struct area rows, int each)
{
    table->place = rows;
    table->each = each;
}

bool table_click(struct table *table, int row, int column)
{
    const struct area *place = &table->place;
    if (table->each < 1 || row < place->row || row >= place->row + place->rows ||
        column < place->column || column >= place->column + place->columns) {
        return false;
    }
    size_t line = (size_t)((row - place->row) / table->each);
    if (line >= table->shown || table->top + line >= table->count) {
        return false;
    }
    table->selected = table->top + line;
    return true;
}

static void move_down(struct table *table, size_t rows)
{
    size_t left = last_of(table) - table->selected;
    table->selected += rows < left ? rows : left;
}

static void move_up(struct table *table, size_t rows)
{
    table->selected -= rows < table->selected ? rows : table->selected;
}

static int32_t plain_key(int32_t code)
{
    switch (code) {
    case 'j':
        return TERM_DOWN;
    case 'k':
        return TERM_UP;
    case 'G':
        return TERM_END;
    default:
        return code;
    }
}

bool table_key(struct table *table, int32_t code, bool letters)
{
    size_t page = table->shown > 1 ? table->shown - 1 : 1;
    switch (letters ? plain_key(code) : code) {
    case TERM_UP:
        move_up(table, 1);
        return true;
    case TERM_DOWN:
        move_down(table, 1);
        return true;
    case TERM_PAGE_UP:
        move_up(table, page);
        return true;
    case TERM_PAGE_DOWN:
        move_down(table, page);
        return true;
    case TERM_HOME:
        table->selected = 0;
        return true;
    case TERM_END:
        table->selected = last_of(table);
        return true;
    default:
        return false;
    }
}
