/* A console on a text grid, a bank in memory behind it, and a clock that only moves when told. */
#pragma once

#include "fake_bank.h"
#include "model/paper.h"
#include "screens/console.h"

#define STAGE_INTENTS_MAX 32

/* The disk of intents: outlives the console, as a real one does. */
struct stage_disk {
    struct intent_store store; /* first */
    struct {
        char key[INTENT_KEY_MAX];
        char text[INTENT_TEXT_MAX];
        size_t size; /* 0: free */
    } files[STAGE_INTENTS_MAX];
    bool full;
    size_t puts;
};

/* A folder that takes everything, and a printer that takes a turn. */
struct stage_paper {
    struct paper paper; /* first */
    bool printing, fails;
};

struct stage {
    struct bank *bank;
    struct stage_disk disk;
    struct stage_paper paper;
    struct client *client;
    struct term *term;
    struct console console;
    int64_t now_ms, wall_us;
};

static bool stage_put(struct intent_store *store, const char *key, struct text text)
{
    struct stage_disk *disk = (struct stage_disk *)store;
    for (size_t i = 0; i < STAGE_INTENTS_MAX && !disk->full; i++) {
        if (disk->files[i].size == 0) {
            CHECK(text.size < INTENT_TEXT_MAX);
            (void)snprintf(disk->files[i].key, INTENT_KEY_MAX, "%s", key);
            memcpy(disk->files[i].text, text.data, text.size);
            disk->files[i].size = text.size;
            disk->puts++;
            return true;
        }
    }
    return false;
}

static bool stage_remove(struct intent_store *store, const char *key)
{
    struct stage_disk *disk = (struct stage_disk *)store;
    for (size_t i = 0; i < STAGE_INTENTS_MAX; i++) {
        if (disk->files[i].size > 0 && strcmp(disk->files[i].key, key) == 0) {
            disk->files[i].size = 0;
            return true;
        }
    }
    return false;
}

static bool stage_recover(struct intent_store *store,
                          void (*found)(void *context, struct text text), void *context)
{
    struct stage_disk *disk = (struct stage_disk *)store;
    for (size_t i = 0; i < STAGE_INTENTS_MAX; i++) {
        if (disk->files[i].size > 0) {
            found(context, (struct text){disk->files[i].text, disk->files[i].size});
        }
    }
    return true;
}

static bool stage_save(struct paper *paper, const char *name, const char *ending, struct text text,
                       char where[PAPER_WHERE_MAX])
{
    bool fails = ((const struct stage_paper *)paper)->fails;
    CHECK(text.size > 0);
    (void)snprintf(where, PAPER_WHERE_MAX, fails ? "cannot write into /papers: full" : "/p/%s.%s",
                   name, ending);
    return !fails;
}

static bool stage_print(struct paper *paper, struct text text, int64_t now_ms,
                        char why[PAPER_WHERE_MAX])
{
    struct stage_paper *own = (struct stage_paper *)paper;
    (void)now_ms;
    (void)why;
    CHECK(text.size > 0 && !own->printing);
    own->printing = true;
    return true;
}

static enum paper_news stage_printed(struct paper *paper, int64_t now_ms, char why[PAPER_WHERE_MAX])
{
    struct stage_paper *own = (struct stage_paper *)paper;
    bool printing = own->printing;
    (void)now_ms;
    (void)snprintf(why, PAPER_WHERE_MAX, "the printer failed (1): no ink");
    own->printing = false;
    return !printing ? PAPER_NOTHING : own->fails ? PAPER_FAILED : PAPER_PRINTED;
}

static bool stage_prints(const struct paper *paper)
{
    return ((const struct stage_paper *)paper)->printing;
}

static inline size_t stage_on_disk(const struct stage *stage)
{
    size_t count = 0;
    for (size_t i = 0; i < STAGE_INTENTS_MAX; i++) {
        count += stage->disk.files[i].size > 0;
    }
    return count;
}

static void stage_random(void *data, size_t size)
{
    static uint8_t next;
    memset(data, ++next, size);
}

/* Turns the loop until nothing moves any more; time stands still. */
static void stage_settle(struct stage *stage)
{
    size_t before;
    size_t turns = 0;
    do {
        before = stage->bank->requests;
        console_turn(&stage->console, stage->now_ms, stage->wall_us);
        CHECK(++turns < 2000);
    } while (!stage->console.quit && (client_timeout_ms(stage->client, stage->now_ms) == 0 ||
                                      stage->bank->requests != before));
    console_draw(&stage->console);
}

static inline void stage_advance(struct stage *stage, int64_t ms)
{
    while (ms > 0) {
        int64_t step = ms < 50 ? ms : 50;
        stage->now_ms += step;
        stage->wall_us += step * 1000;
        stage->bank->now_us = stage->wall_us;
        ms -= step;
        stage_settle(stage);
    }
}

static inline void stage_start(struct stage *stage, int rows, int columns, bool ascii)
{
    stage->term = term_open_grid(rows, columns, ascii);
    stage->client = client_new(&stage->bank->maker, "ipc:///run/teller.sock", stage->now_ms);
    struct console_config config = {.term = stage->term,
                                    .client = stage->client,
                                    .store = &stage->disk.store,
                                    .paper = &stage->paper.paper,
                                    .random = stage_random};
    console_open(&stage->console, &config, stage->now_ms, stage->wall_us);
    stage_settle(stage);
}

/* As kill -9 would: what is on disk and at the bank stays. */
static void stage_stop(struct stage *stage)
{
    console_close(&stage->console);
    client_free(&stage->client);
    term_close(&stage->term);
}

static int64_t stage_time(const char *text)
{
    int64_t time = 0;
    CHECK(time_parse(text_of(text), &time));
    return time;
}

static void stage_move(struct stage *stage, enum op op, uint64_t account, int64_t minor,
                       const char *reference, const char *at)
{
    struct moved_result moved;
    struct problem problem = {0};
    if (at != NULL) {
        stage->bank->now_us = stage_time(at);
    }
    CHECK(bank_move(stage->bank, op, account, (struct money){minor}, text_of(reference), &moved,
                    &problem) == STATUS_ok);
    bank_news(stage->bank);
}

/* The bank of the drawings. */
static void stage_people(struct stage *stage)
{
    struct bank *bank = stage->bank;
    struct transferred_result transferred;
    struct problem problem = {0};
    bank->now_us = stage_time("2025-12-01T09:00:00Z");
    uint64_t zoe = bank_open_account(bank, TEXT("González, Zoë"), 978, (struct money){328456});
    uint64_t li = bank_open_account(bank, TEXT("Gonzaga, Li 李"), 978, (struct money){3810});
    (void)bank_open_account(bank, TEXT("Gonzales, Pat"), 978, (struct money){0});
    (void)bank_open_account(bank, TEXT("Müller, Jürgen"), 978, (struct money){1234567890123456});
    (void)bank_open_account(bank, TEXT("Evil \033]2;pwned\a\u202e Name"), 978, (struct money){100});
    (void)bank_open_account(bank, TEXT("佐藤 美咲"), 392, (struct money){50000});
    (void)bank_open_account(bank, TEXT("Yusuf Al-Khalifa"), 48, (struct money){1234567});
    stage_move(stage, OP_WITHDRAW_MONEY, zoe, 90000, "Rent", "2026-02-02T08:30:00Z");
    stage_move(stage, OP_WITHDRAW_MONEY, zoe, 1250, "Café Zoë 日本", "2026-02-03T10:00:00Z");
    bank->now_us = stage_time("2026-03-04T12:00:00Z");
    CHECK(bank_transfer(bank,
                        &(struct transfer_money){
                            .from = zoe, .to = li, .amount = {10000}, .reference = TEXT("Loan")},
                        &transferred, &problem) == STATUS_ok);
}

static void stage_open(struct stage *stage)
{
    *stage = (struct stage){.now_ms = 1000, .wall_us = stage_time("2026-03-04T14:02:11Z")};
    stage->disk.store =
        (struct intent_store){.put = stage_put, .remove = stage_remove, .recover = stage_recover};
    stage->paper.paper = (struct paper){
        .save = stage_save, .print = stage_print, .turn = stage_printed, .is_busy = stage_prints};
    stage->bank = bank_new(stage->wall_us);
    stage_people(stage);
    stage->bank->now_us = stage->wall_us;
}

static inline void stage_close(struct stage *stage)
{
    stage_stop(stage);
    bank_free(stage->bank);
}

static inline void stage_keys(struct stage *stage, const char *script, bool pasted)
{
    struct text text = text_of(script);
    int32_t code;
    for (size_t at = 0; term_key_script(text, &at, &code);) {
        term_grid_key(stage->term, (struct term_key){.code = code, .pasted = pasted});
        if (!pasted) {
            stage_settle(stage);
        }
    }
    stage_settle(stage);
}

/* All at once, as somebody who types ahead. */
static inline void stage_burst(struct stage *stage, const char *script)
{
    struct text text = text_of(script);
    int32_t code;
    for (size_t at = 0; term_key_script(text, &at, &code);) {
        term_grid_key(stage->term, (struct term_key){.code = code});
    }
    stage_settle(stage);
}

static void stage_screen(struct stage *stage, struct bytes *out)
{
    console_draw(&stage->console);
    bytes_clear(out);
    surface_text(term_surface(stage->term), out);
}

/* Runs of blanks and line breaks count as one blank, because a narrow window breaks sentences. */
static inline bool stage_shows(struct stage *stage, const char *wanted)
{
    struct bytes screen;
    struct bytes flat;
    bytes_init(&screen, 1 << 20);
    bytes_init(&flat, 1 << 20);
    stage_screen(stage, &screen);
    for (size_t i = 0; i < screen.size; i++) {
        bool blank = screen.data[i] == ' ' || screen.data[i] == '\n';
        if (!blank || (flat.size > 0 && flat.data[flat.size - 1] != ' ')) {
            bytes_put_u8(&flat, blank ? ' ' : screen.data[i]);
        }
    }
    bool shown = memmem(flat.data, flat.size, wanted, strlen(wanted)) != NULL;
    bytes_close(&screen);
    bytes_close(&flat);
    return shown;
}
