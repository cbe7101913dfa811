#include "screens/screens.h"

const struct screen_ops *const screens_all[SCREEN_COUNT] = {
    [SCREEN_HOME] = &screen_home,         [SCREEN_ACCOUNT] = &screen_account,
    [SCREEN_MONEY] = &screen_money,       [SCREEN_OPEN] = &screen_open,
    [SCREEN_REVIEW] = &screen_review,     [SCREEN_STATEMENT] = &screen_statement,
    [SCREEN_OUTCOMES] = &screen_outcomes, [SCREEN_SIGN_IN] = &screen_sign_in,
    [SCREEN_HELP] = &screen_help,         [SCREEN_PALETTE] = &screen_palette,
    [SCREEN_PLAIN] = &screen_plain,
    [SCREEN_HISTORY] = &screen_history,   [SCREEN_FILTER] = &screen_filter,
    [SCREEN_EVENT] = &screen_event,       [SCREEN_AS_OF] = &screen_as_of,
    [SCREEN_SET_PIN] = &screen_set_pin,   [SCREEN_WEBHOOKS] = &screen_webhooks,
    [SCREEN_DELIVERIES] = &screen_deliveries,
};

void screens_open_money(struct console *console, enum op op, const struct account_row *account)
{
    console_push(console, SCREEN_MONEY, &(struct money_args){.op = op, .account = account});
}
