#include "write/state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "host/log.h"

void state_init(struct state *state, struct hash_key secret)
{
    accounts_init(&state->accounts);
    keys_init(&state->keys, secret);
    state->now = (struct counters){.free_sequence = ACCOUNT_SEQUENCE_FIRST, .only_imports = true};
}

void state_close(struct state *state)
{
    accounts_close(&state->accounts);
    keys_close(&state->keys);
}

uint64_t state_free_account(struct state *state)
{
    /* Accounts are never closed, so what was taken once stays taken and the search goes on where
     * it stopped. */
    uint32_t *sequence = &state->now.free_sequence;
    while (*sequence <= ACCOUNT_SEQUENCE_MAX) {
        uint64_t account = account_from_sequence(*sequence);
        if (accounts_find(&state->accounts, account) == NULL) {
            return account;
        }
        ++*sequence;
    }
    return 0;
}

void undo_begin(struct undo *undo, const struct state *state)
{
    undo->count = 0;
    undo->counters = state->now;
}

static void undo_note(struct undo *undo, const struct account_state *before)
{
    if (undo->count == undo->capacity) {
        undo->capacity = undo->capacity == 0 ? 64 : undo->capacity * 2;
        undo->before = realloc(undo->before, undo->capacity * sizeof *undo->before);
        CHECK(undo->before != NULL);
    }
    undo->before[undo->count++] = *before;
}

void undo_all(struct undo *undo, struct state *state)
{
    while (undo->count > 0) {
        const struct account_state *before = &undo->before[--undo->count];
        if (before->version == 0) {
            accounts_remove_last(&state->accounts);
        } else {
            account_cell_put(accounts_find(&state->accounts, before->account), before);
        }
    }
    state->now = undo->counters;
}

void undo_close(struct undo *undo)
{
    free(undo->before);
    memset(undo, 0, sizeof *undo);
}

static struct account_cell *find_cell(const struct state *state, const struct loaded_cells *loaded,
                                      uint64_t account)
{
    for (size_t i = 0; i < loaded->count; i++) {
        if (loaded->cells[i]->account == account) {
            return loaded->cells[i];
        }
    }
    return accounts_find(&state->accounts, account);
}

/* The leg's account as it is, zeroed when it is not opened yet; its place, or NULL. */
static struct account_cell *load_leg(const struct state *state, const struct loaded_cells *loaded,
                                     const struct leg *leg, struct account_state *account)
{
    struct account_cell *cell = find_cell(state, loaded, leg->account);
    if (cell != NULL) {
        account_cell_get(cell, account);
    } else {
        memset(account, 0, sizeof *account);
    }
    return cell;
}

static void store_leg(struct state *state, struct account_cell *cell,
                      const struct account_state *account)
{
    if (cell != NULL) {
        account_cell_put(cell, account);
    } else {
        accounts_add(&state->accounts, account);
    }
}

static void count_record(struct state *state, const struct record *record)
{
    struct counters *now = &state->now;
    CHECK(record->number == now->record + 1 && record->position == now->position + 1);
    CHECK(record->at > now->at);
    now->record = record->number;
    now->position += record_event_count(record);
    now->at = record->at;
    now->only_imports = now->only_imports && record->channel == CHANNEL_IMPORT;
}

void state_apply(struct state *state, const struct record *record,
                 const struct loaded_cells *loaded, struct undo *undo)
{
    for (unsigned i = 0; i < record->leg_count; i++) {
        struct account_state account;
        struct account_cell *cell = load_leg(state, loaded, &record->legs[i], &account);
        if (undo != NULL) {
            undo_note(undo, &account);
        }
        evolve_account(&account, record, i);
        store_leg(state, cell, &account);
    }
    count_record(state, record);
}

static bool joins_not(const struct record *record)
{
    log_error("write", "record does not continue the journal record=%" PRIu64, record->number);
    return false;
}

bool state_replay_note(const struct state *state, const struct record *record, struct replayed *out)
{
    bool sound = record->actor.size <= ACTOR_MAX && record->key.size <= KEY_MAX &&
                 (record->key.data == NULL || record->key.size > 0);
    if (!sound) {
        return joins_not(record);
    }
    out->record = *record;
    out->has_key = record->key.data != NULL;
    if (out->has_key) {
        out->print = keys_fingerprint(&state->keys, record_principal(record), record->key);
    }
    return true;
}

/* What evolve_account insists on, asked first: a journal that does not join is refused politely. */
bool state_replay(struct state *state, const struct replayed *replayed, uint64_t snapshot_end)
{
    const struct record *record = &replayed->record;
    if (record->number != state->now.record + 1 || record->position != state->now.position + 1 ||
        record->at <= state->now.at) {
        return joins_not(record);
    }
    static const struct loaded_cells none = {.count = 0};
    for (unsigned i = 0; i < record->leg_count; i++) {
        const struct leg *leg = &record->legs[i];
        struct account_state account;
        struct account_cell *cell = load_leg(state, &none, leg, &account);
        if (record->number <= snapshot_end && cell != NULL && account.version >= leg->version) {
            continue;
        }
        bool joins = account_joins(&account, record, i);
        if (joins) {
            evolve_account(&account, record, i);
        }
        if (!joins || !account_cell_fits(&account)) {
            log_error("write", "record does not continue its account record=%" PRIu64,
                      record->number);
            return false;
        }
        store_leg(state, cell, &account);
    }
    count_record(state, record);
    if (replayed->has_key && !keys_add(&state->keys, replayed->print, record->number) &&
        record->number > snapshot_end) {
        log_warning("write", "a key twice in the journal record=%" PRIu64, record->number);
    }
    return true;
}
