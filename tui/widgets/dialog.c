#include "widgets/dialog.h"

#define BOXED_ROWS_MIN 9

struct area dialog_open(struct area area, int rows, int columns, const char *title)
{
    if (area.rows < BOXED_ROWS_MIN) { /* every row is needed: a title, and no frame */
        area_clear(area, STYLE_PLAIN);
        area_rule(area, 0, 0, area.columns, STYLE_PLAIN);
        (void)area_print(area, 0, 2, STYLE_STRONG, " %s ", title);
        return area_part(area, 1, 1, area.rows - 1, area.columns - 2);
    }
    rows = rows + 2 < area.rows ? rows + 2 : area.rows;
    columns = columns + 4 < area.columns ? columns + 4 : area.columns;
    /* Beside the box nothing stays: half of an amount reads as another. */
    area_clear(area_part(area, (area.rows - rows) / 2, 0, rows, area.columns), STYLE_PLAIN);
    struct area box =
        area_part(area, (area.rows - rows) / 2, (area.columns - columns) / 2, rows, columns);
    area_box(box, STYLE_PLAIN, title);
    return area_part(box, 1, 2, rows - 2, columns - 4);
}
