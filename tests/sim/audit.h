/* Holding what the system shows against what the auditor knows. The first difference ends the
 * run: it says what differs, and the program prints the seed and the step. */
#pragma once

#include "sim/commands.h"
#include "sim/model.h"
#include "sim/world.h"

/* Ends the process with a message when the condition does not hold. */
#define AUDIT(condition, ...)                                                                      \
    ((condition) ? (void)0 : audit_failed(#condition, __FILE__, __LINE__, __VA_ARGS__))
_Noreturn void audit_failed(const char *condition, const char *file, int line, const char *format,
                            ...) __attribute__((format(printf, 4, 5)));
/* Where the run is, for the message. */
void audit_at(uint64_t seed, unsigned step, unsigned steps);
void audit_say_where(void); /* and how to repeat it */

void audit_verdicts(const struct world *world, const struct model *model,
                    const struct commands *commands, const struct model_answer *answers, bool lost);
void audit_engine(const struct world *world, const struct model *model);  /* accounts, sums, head */
void audit_journal(const struct world *world, const struct model *model); /* every record */

/* Queries about one account; the projector has caught up. */
void audit_account(const struct world *world, const struct model *model, struct dice *dice,
                   const struct model_account *account);
void audit_lists(const struct world *world, const struct model *model, struct dice *dice);
void audit_digest(struct world *world); /* views as folded so far and folded anew */
