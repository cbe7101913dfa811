#include "screens/print.h"

#include <stdio.h>

#define NO_PAPER "There is no folder for files"

void print_text(struct console *console, const char *name, struct text text)
{
    char where[PAPER_WHERE_MAX] = "";
    struct paper *paper = console->paper;
    if (paper == NULL) {
        console_say(console, STYLE_WARN, NO_PAPER);
    } else if (paper->prints) {
        bool begun = paper->print(paper, text, console->now_ms, where);
        console_say(console, begun ? STYLE_PLAIN : STYLE_BAD, "%s%s",
                    begun ? "Printing…" : "Not printed: ", where);
    } else {
        bool saved = paper->save(paper, name, "txt", text, where);
        console_say(console, saved ? STYLE_GOOD : STYLE_BAD, "%s%s",
                    saved ? "Written: " : "Not written: ", where);
    }
}

void print_export(struct console *console, const char *name, struct text plain, struct text csv)
{
    char first[PAPER_WHERE_MAX];
    char second[PAPER_WHERE_MAX];
    struct paper *paper = console->paper;
    if (paper == NULL) {
        console_say(console, STYLE_WARN, NO_PAPER);
    } else if (!paper->save(paper, name, "txt", plain, first)) {
        console_say(console, STYLE_BAD, "Not written: %s", first);
    } else if (!paper->save(paper, name, "csv", csv, second)) {
        console_say(console, STYLE_BAD, "Written: %s · not the CSV: %s", first, second);
    } else {
        console_say(console, STYLE_GOOD, "Written: %s and %s", first, second);
    }
}

void print_receipt(struct console *console, const struct intent *intent)
{
    char name[PAPER_NAME_MAX];
    struct bytes text;
    bytes_init(&text, PAPER_TEXT_MAX);
    paper_receipt(intent, &text);
    print_text(console, paper_receipt_name(intent, name), bytes_text(&text));
    bytes_close(&text);
}

void print_turn(struct console *console)
{
    char why[PAPER_WHERE_MAX] = "";
    if (console->paper == NULL) {
        return;
    }
    switch (console->paper->turn(console->paper, console->now_ms, why)) {
    case PAPER_PRINTED:
        console_say(console, STYLE_GOOD, "Printed");
        break;
    case PAPER_FAILED:
        console_say(console, STYLE_BAD, "Not printed: %s", why);
        break;
    case PAPER_NOTHING:
        break;
    }
}
