/* A cash machine on a text grid, and the bank's PINs, sessions and roles behind it. */
#pragma once

/* Of the console's stage only the bank, the disk and the people are needed here. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include "stage.h"
#pragma GCC diagnostic pop
#include "screens/atm.h"

#define FAKE_MACHINE "tk_machine"
#define FAKE_TELLER "tk_teller"
#define FAKE_AUDITOR "tk_auditor"
#define FAKE_PIN "2468"

struct fake_paper {
    struct atm_printer printer; /* first */
    bool empty;
    bool works, jams; /* of the next turns: it finishes, or fails at, the oldest of the waiting */
    size_t count, waiting;
    char last[4096];
};

struct atm_stage {
    struct stage stage; /* bank, disk, clock; its console is not started */
    struct stage_disk settle;
    struct fake_paper paper;
    struct atm *atm;
};

/* The gate knows only the bank. */
static struct {
    uint64_t session; /* the account of the open session; 0: none */
    char token[32];
    unsigned serial;
    int tries;
    bool locked;
    bool stranger; /* the bank does not know the machine */
    size_t opened, closed;
    size_t abandoned; /* keys of customers, by the machine */
    char pins[512];   /* every PIN that was ever sent */
} fake;

static bool fake_print(struct atm_printer *printer, const char *name, struct text text)
{
    struct fake_paper *paper = (struct fake_paper *)printer;
    CHECK(strlen(name) > 0 && text.size < sizeof paper->last);
    if (paper->empty) {
        return false;
    }
    memcpy(paper->last, text.data, text.size);
    paper->last[text.size] = '\0';
    paper->count++;
    paper->waiting++;
    return true;
}

/* A printer that takes its time, for those who give it a turn. */
static inline enum paper_news fake_turn(struct atm_printer *printer, int64_t now_ms,
                                        char why[PAPER_WHERE_MAX])
{
    struct fake_paper *paper = (struct fake_paper *)printer;
    (void)now_ms;
    if (paper->waiting == 0 || (!paper->works && !paper->jams)) {
        return PAPER_NOTHING;
    }
    paper->waiting--;
    (void)snprintf(why, PAPER_WHERE_MAX, "the printer failed (1): no ink");
    return paper->jams ? PAPER_FAILED : PAPER_PRINTED;
}

static void fake_open_session(const struct wire_request *request, struct bytes *out)
{
    const struct account_pin *args = request->args;
    size_t size = strlen(fake.pins);
    (void)snprintf(fake.pins + size, sizeof fake.pins - size, "%.*s ", TEXT_ARGS(args->pin));
    if (fake.locked) {
        bank_problem(request, STATUS_pin_locked, out);
    } else if (!text_is(args->pin, FAKE_PIN)) {
        fake.locked = ++fake.tries == 3;
        bank_problem(request, STATUS_wrong_pin, out);
    } else {
        fake.tries = 0;
        fake.session = args->account;
        fake.opened++;
        (void)snprintf(fake.token, sizeof fake.token, "ts_%u", ++fake.serial);
        struct session_result session = {
            .token = text_of(fake.token), .account = args->account, .expires_at = 1};
        wire_encode_result(out, request->id, false,
                           (struct any){.shape = &session_result_shape, .value = &session});
    }
}

static uint64_t fake_account_of(const struct wire_request *request)
{
    switch (request->message->op) {
    case OP_DEPOSIT_MONEY:
    case OP_WITHDRAW_MONEY:
        return ((const struct move_money *)request->args)->account;
    case OP_TRANSFER_MONEY:
        return ((const struct transfer_money *)request->args)->from;
    case OP_GET_ACCOUNT:
        return ((const struct account_query *)request->args)->account;
    case OP_GET_TRANSACTION_HISTORY:
        return ((const struct history_query *)request->args)->account;
    case OP_GET_STATEMENT:
        return ((const struct statement_query *)request->args)->account;
    default:
        return 0;
    }
}

static bool fake_customer(const struct wire_request *request, struct bytes *out)
{
    if (request->message->op == OP_CLOSE_SESSION) {
        fake.session = 0;
        fake.closed++;
        wire_encode_result(out, request->id, false, (struct any){0});
        return true;
    }
    if (fake_account_of(request) != fake.session) {
        bank_problem(request, STATUS_forbidden, out);
        return true;
    }
    return false;
}

static bool fake_machine(const struct wire_request *request, struct bytes *out)
{
    const struct outcome_key *args = request->args;
    if (request->message->op == OP_OPEN_SESSION) {
        fake_open_session(request, out);
        return true;
    }
    bool lookup = request->message->kind == MESSAGE_LOOKUP && args->account != 0;
    if (!lookup) {
        bank_problem(request, STATUS_forbidden, out);
    }
    fake.abandoned += lookup && request->message->op == OP_ABANDON_KEY;
    return !lookup;
}

static bool fake_gate(struct bank *bank, const struct wire_request *request, struct bytes *out)
{
    (void)bank;
    bool customer = fake.session != 0 && text_is(request->auth, fake.token);
    if (customer) {
        return fake_customer(request, out);
    }
    if (text_is(request->auth, FAKE_MACHINE) && !fake.stranger) {
        return fake_machine(request, out);
    }
    if (request->message->op == OP_TRANSFER_MONEY &&
        (text_is(request->auth, FAKE_AUDITOR) || text_is(request->auth, FAKE_TELLER))) {
        const struct transfer_money *args = request->args;
        CHECK(args->from == args->to && request->key.data == NULL); /* it can leave no record */
        bank_problem(request,
                     text_is(request->auth, FAKE_AUDITOR) ? STATUS_forbidden : STATUS_same_account,
                     out);
        return true;
    }
    if (text_is(request->auth, FAKE_TELLER) || text_is(request->auth, FAKE_AUDITOR)) {
        return false;
    }
    bank_problem(request, STATUS_unauthenticated, out);
    return true;
}

static void atm_settle(struct atm_stage *play)
{
    struct stage *stage = &play->stage;
    size_t before;
    size_t turns = 0;
    do {
        before = stage->bank->requests;
        atm_turn(play->atm, stage->now_ms, stage->wall_us);
        CHECK(++turns < 2000);
    } while (!play->atm->quit && (client_timeout_ms(stage->client, stage->now_ms) == 0 ||
                                  stage->bank->requests != before));
    atm_draw(play->atm);
}

static inline void atm_wait(struct atm_stage *play, int64_t ms)
{
    while (ms > 0) {
        int64_t step = ms < 50 ? ms : 50;
        play->stage.now_ms += step;
        play->stage.wall_us += step * 1000;
        play->stage.bank->now_us = play->stage.wall_us;
        ms -= step;
        atm_settle(play);
    }
}

static void atm_start(struct atm_stage *play, int rows, int columns, bool ascii)
{
    struct stage *stage = &play->stage;
    stage->term = term_open_grid(rows, columns, ascii);
    stage->client = client_new(&stage->bank->maker, "ipc:///run/teller.sock", stage->now_ms);
    client_set_auth(stage->client, TEXT(FAKE_MACHINE));
    play->atm = calloc(1, sizeof *play->atm);
    CHECK(play->atm != NULL);
    struct atm_config config = {.term = stage->term,
                                .client = stage->client,
                                .store = &stage->disk.store,
                                .settle = &play->settle.store,
                                .printer = &play->paper.printer,
                                .random = stage_random};
    atm_open(play->atm, &config, stage->now_ms, stage->wall_us);
    atm_settle(play);
}

/* As kill -9 would: nothing is closed at the bank. */
static void atm_stop(struct atm_stage *play)
{
    history_close(&play->atm->visit.history);
    atm_statement_close(&play->atm->visit.statement);
    free(play->atm);
    client_free(&play->stage.client);
    term_close(&play->stage.term);
}

static void atm_stage_open(struct atm_stage *play)
{
    memset(&fake, 0, sizeof fake);
    *play = (struct atm_stage){0};
    stage_open(&play->stage);
    play->stage.bank->gate = fake_gate;
    play->settle.store = play->stage.disk.store;
    play->paper.printer.print = fake_print;
}

static void atm_stage_close(struct atm_stage *play)
{
    atm_stop(play);
    bank_free(play->stage.bank);
}

static inline void atm_keys(struct atm_stage *play, const char *script)
{
    int32_t code;
    for (size_t at = 0; term_key_script(text_of(script), &at, &code);) {
        term_grid_key(play->stage.term, (struct term_key){.code = code});
        atm_settle(play);
    }
}

static void atm_screen(struct atm_stage *play, struct bytes *out)
{
    atm_draw(play->atm);
    bytes_clear(out);
    surface_text(term_surface(play->stage.term), out);
}

static inline bool atm_shows(struct atm_stage *play, const char *wanted)
{
    struct bytes screen;
    struct bytes flat;
    bytes_init(&screen, 1 << 20);
    bytes_init(&flat, 1 << 20);
    atm_screen(play, &screen);
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
