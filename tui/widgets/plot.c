#include "widgets/plot.h"

#include "model/show.h"

struct ladder {
    const char *const *steps; /* from a bar that is only just there to a full cell */
    unsigned count;
};

static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const plain[] = {"_", ".", "-", "=", "#"};

/* From 1 to `most`: how high the bar of a value is. */
static unsigned height_of(int64_t value, int64_t low, int64_t high, unsigned most)
{
    uint64_t span = (uint64_t)high - (uint64_t)low;
    uint64_t part = (uint64_t)value - (uint64_t)low;
    if (span == 0) { /* a flat line: at the ground for nothing at all, else half way up */
        return value == 0 ? 1 : (most + 1) / 2;
    }
    while (span >> 32 != 0) { /* the product below has to fit */
        span >>= 1;
        part >>= 1;
    }
    return 1 + (unsigned)(part * (most - 1) / span);
}

static void draw_bar(struct area area, int column, enum style style, const struct ladder *ladder,
                     unsigned height)
{
    for (int row = area.rows - 1; row >= 0 && height > 0; row--) {
        unsigned step = height < ladder->count ? height : ladder->count;
        (void)area_text(area, row, column, style, text_of(ladder->steps[step - 1]));
        height -= step;
    }
}

void plot_draw(struct area area, enum style style, const int64_t *values, size_t count)
{
    struct ladder ladder =
        area.surface->ascii ? (struct ladder){plain, 5} : (struct ladder){blocks, 8};
    if (count == 0 || area.rows <= 0 || area.columns <= 0) {
        return;
    }
    if (show_is_hidden()) { /* the shape tells of the amounts too */
        for (int i = 0; i < area.columns; i++) {
            (void)area_text(area, area.rows - 1, i, STYLE_DIM,
                            area.surface->ascii ? TEXT(".") : TEXT("·"));
        }
        return;
    }
    int64_t low = values[0];
    int64_t high = values[0];
    for (size_t i = 1; i < count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    size_t columns = (size_t)area.columns;
    for (size_t i = 0; i < columns; i++) {
        size_t index = (i + 1) * count / columns;
        index = index > 0 ? index - 1 : 0;
        draw_bar(area, (int)i, style, &ladder,
                 height_of(values[index], low, high, (unsigned)area.rows * ladder.count));
    }
}
