#include "screens/print.h"

#include <stdio.h>

#define NO_PAPER "There is no folder for files"

bool print_text(struct console *console, const char *name, struct text text)
{
    char where[PAPER_WHERE_MAX] = "";
    struct paper *paper = console->paper;
    if (paper == NULL) {
        console_say(console, STYLE_WARN, NO_PAPER);
        return false;
    }
    if (paper->prints) {
        bool begun = paper->print(paper, text, console->now_ms, where);
        console_say(console, begun ? STYLE_PLAIN : STYLE_BAD, "%s%s",
                    begun ? "Printing…" : "Not printed: ", where);
        return begun;
    }
    bool saved = paper->save(paper, name, "txt", text, where);
    console_say(console, saved ? STYLE_GOOD : STYLE_BAD, "%s%s",
                saved ? "Written: " : "Not written: ", where);
    return saved;
}

static bool export(struct console *console, const char *name, struct text plain, struct text csv)
{
    char first[PAPER_WHERE_MAX];
    char second[PAPER_WHERE_MAX];
    struct paper *paper = console->paper;
    if (paper == NULL) {
        console_say(console, STYLE_WARN, NO_PAPER);
        return false;
    }
    if (!paper->save(paper, name, "txt", plain, first)) {
        console_say(console, STYLE_BAD, "Not written: %s", first);
        return false;
    }
    if (!paper->save(paper, name, "csv", csv, second)) {
        console_say(console, STYLE_BAD, "Written: %s · not the CSV: %s", first, second);
        return false;
    }
    console_say(console, STYLE_GOOD, "Written: %s and %s", first, second);
    return true;
}

bool print_receipt(struct console *console, const struct intent *intent)
{
    char name[PAPER_NAME_MAX];
    struct bytes text;
    bytes_init(&text, PAPER_TEXT_MAX);
    paper_receipt(intent, &text);
    bool begun = print_text(console, paper_receipt_name(intent, name), bytes_text(&text));
    bytes_close(&text);
    return begun;
}

bool print_statement(struct console *console, const struct paper_statement *statement, bool files)
{
    struct bytes text;
    struct bytes csv;
    char name[PAPER_NAME_MAX];
    bool done = false;
    bytes_init(&text, PAPER_TEXT_MAX);
    bytes_init(&csv, PAPER_TEXT_MAX);
    paper_statement_text(statement, &text);
    paper_statement_csv(statement, &csv);
    (void)paper_statement_name(statement, name);
    if (text.overflow || csv.overflow) {
        console_say(console, STYLE_BAD, "This statement is too long for paper");
    } else if (files) {
        done = export(console, name, bytes_text(&text), bytes_text(&csv));
    } else {
        done = print_text(console, name, bytes_text(&text));
    }
    bytes_close(&text);
    bytes_close(&csv);
    return done;
}

void print_turn(struct console *console)
{
    char why[PAPER_WHERE_MAX] = "";
    if (console->paper == NULL) {
        return;
    }
    enum paper_news news = console->paper->turn(console->paper, console->now_ms, why);
    if (news == PAPER_NOTHING) {
        return;
    }
    console->printed = news;
    if (news == PAPER_PRINTED) {
        console_say(console, STYLE_GOOD, "Printed");
    } else {
        console_say(console, STYLE_BAD, "Not printed: %s", why);
    }
}
