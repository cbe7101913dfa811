/* No amount may ever be clipped: whole, or ####. Every amount that the console writes while it
 * draws is remembered (the linker wraps the writers, see tests/CMakeLists.txt), and what looks
 * like an amount on the screen must be one of them, from its first digit to its last. */
#pragma once

#include <ctype.h>

#include "model/amount.h"
#include "model/show.h"
#include "stage.h"

#define AMOUNTS_MAX 4096

static struct {
    char text[AMOUNTS_MAX][SHOW_MONEY_MAX];
    size_t count;
} amounts;

/* "−2 272.06 EUR" is kept as "2 272.06". */
static void amounts_keep(const char *text)
{
    while (*text != '\0' && !isdigit((unsigned char)*text)) {
        text++;
    }
    size_t size = strspn(text, "0123456789. ");
    while (size > 0 && !isdigit((unsigned char)text[size - 1])) {
        size--;
    }
    if (size == 0) {
        return; /* hidden */
    }
    for (size_t i = 0; i < amounts.count; i++) {
        if (strlen(amounts.text[i]) == size && memcmp(amounts.text[i], text, size) == 0) {
            return;
        }
    }
    CHECK(amounts.count < AMOUNTS_MAX && size < SHOW_MONEY_MAX);
    memcpy(amounts.text[amounts.count], text, size);
    amounts.text[amounts.count++][size] = '\0';
}

const char *__real_show_money(struct money money, unsigned exponent, enum show_sign sign,
                              char out[SHOW_MONEY_MAX]);
const char *__wrap_show_money(struct money money, unsigned exponent, enum show_sign sign,
                              char out[SHOW_MONEY_MAX]);
const char *__real_show_money_in(struct money money, uint16_t currency, char out[SHOW_MONEY_MAX]);
const char *__wrap_show_money_in(struct money money, uint16_t currency, char out[SHOW_MONEY_MAX]);
struct amount __real_amount_parse(struct text typed, uint16_t currency, enum amount_least least);
struct amount __wrap_amount_parse(struct text typed, uint16_t currency, enum amount_least least);

const char *__wrap_show_money(struct money money, unsigned exponent, enum show_sign sign,
                              char out[SHOW_MONEY_MAX])
{
    (void)__real_show_money(money, exponent, sign, out);
    amounts_keep(out);
    return out;
}

const char *__wrap_show_money_in(struct money money, uint16_t currency, char out[SHOW_MONEY_MAX])
{
    (void)__real_show_money_in(money, currency, out);
    amounts_keep(out);
    return out;
}

/* A refusal tells both readings of what was typed. */
struct amount __wrap_amount_parse(struct text typed, uint16_t currency, enum amount_least least)
{
    struct amount amount = __real_amount_parse(typed, currency, least);
    for (const char *at = amount.why; amount.verdict == AMOUNT_REFUSED && *at != '\0';) {
        if (isdigit((unsigned char)*at)) {
            amounts_keep(at);
            at += strspn(at, "0123456789. ");
        } else {
            at++;
        }
    }
    return amount;
}

static void amounts_forget(void)
{
    amounts.count = 0;
}

/* A row of the screen, a byte a column: '?' for what is not ASCII, blanks for fields, whose text
 * is as it was typed. */
static void amounts_row(const struct surface *surface, int row, char *out)
{
    for (int column = 0; column < surface->columns; column++) {
        const struct cell *cell = surface_cell(surface, row, column);
        bool field = cell->style == STYLE_FIELD;
        out[column] = field                                                ? '\t'
                      : cell->size == 1 && cell->text[0] >= ' '            ? cell->text[0]
                      : cell->size == 3 && memcmp(cell->text, "…", 3) == 0 ? '~'
                                                                           : '?';
    }
    out[surface->columns] = '\0';
}

static bool amounts_ends_whole(const char *row, size_t end)
{
    for (size_t i = 0; i < amounts.count; i++) {
        size_t size = strlen(amounts.text[i]);
        if (size <= end && memcmp(row + end - size, amounts.text[i], size) == 0 &&
            (end == size || !isdigit((unsigned char)row[end - size - 1]))) {
            return true;
        }
    }
    return false;
}

/* From the blank or sign before it, what stands there begins an amount and is cut before its
 * decimals. */
static bool amounts_is_beginning(const char *row, size_t end)
{
    for (size_t i = 0; i < amounts.count; i++) {
        for (size_t size = strlen(amounts.text[i]) - 1; size >= 3; size--) {
            if (size <= end && memcmp(row + end - size, amounts.text[i], size) == 0 &&
                strchr(amounts.text[i], '.') != NULL &&
                (end == size || !isdigit((unsigned char)row[end - size - 1]))) {
                return !amounts_ends_whole(row, end);
            }
        }
    }
    return false;
}

/* Where a clipped amount stands, or NULL. */
static const char *amounts_clipped(const struct surface *surface)
{
    static char row[SURFACE_SIDE_MAX + 1];
    for (int i = 0; i < surface->rows; i++) {
        amounts_row(surface, i, row);
        size_t size = strlen(row);
        for (size_t at = 1; at + 1 <= size; at++) {
            bool digit_before = isdigit((unsigned char)row[at - 1]) != 0;
            if (row[at] == '.' && digit_before) {
                size_t end = at + 1 + strspn(row + at + 1, "0123456789");
                bool time = at >= 3 && row[at - 3] == ':';
                if (!time && !amounts_ends_whole(row, end)) {
                    return row;
                }
            }
        }
        bool at_edge = isdigit((unsigned char)row[size - 1]) != 0;
        if (at_edge && amounts_is_beginning(row, size)) {
            return row;
        }
        for (const char *cut = strchr(row, '~'); cut != NULL; cut = strchr(cut + 1, '~')) {
            size_t end = (size_t)(cut - row);
            if (end > 0 && isdigit((unsigned char)row[end - 1]) && amounts_is_beginning(row, end)) {
                return row;
            }
        }
    }
    return NULL;
}
