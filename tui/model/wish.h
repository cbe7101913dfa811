/* What a person wishes to post, looked at before the review: the same answers from the forms and
 * from `teller --plain`. The bank decides; this only spares a refusal that can be foreseen. */
#pragma once

#include "base/currency.h"
#include "base/text.h"
#include "contract/messages.h"
#include "model/account_list.h"
#include "model/amount.h"

/* Where it is to be mended. */
enum wish_field { WISH_SOUND, WISH_OWNER, WISH_CURRENCY, WISH_TO, WISH_AMOUNT, WISH_REFERENCE };

struct wish_fault {
    enum wish_field field;
    const char *why; /* a sentence without its dot; NULL: sound */
};

/* A deposit, a withdrawal or a transfer. `other`: the account the money goes to; NULL: none yet. */
struct wish_fault wish_move_fault(enum op op, const struct account_row *account,
                                  const struct account_row *other, const struct amount *amount);
/* A new account; the first amount may be empty. */
struct wish_fault wish_open_fault(struct text owner, struct text currency,
                                  const struct amount *initial);
/* By its letters in either case; NULL: there is none. */
const struct currency *wish_currency(struct text typed);
/* How much that is beyond the balance it comes from; 0: it is not, or there is no amount. */
int64_t wish_excess(enum op op, const struct account_row *account, const struct amount *amount);
/* Owner or reference as a line was typed: text of at most 140 characters. */
bool wish_text_is_sound(struct text typed);
