#include "model/show.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/time.h"

static bool hides;

void show_hide(bool hidden)
{
    hides = hidden;
}

bool show_is_hidden(void)
{
    return hides;
}

/* Copies plain digits with a blank between thousands. */
static size_t group(const char *digits, size_t count, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            out[size++] = ' ';
        }
        out[size++] = digits[i];
    }
    return size;
}

const char *show_money(struct money money, unsigned exponent, enum show_sign sign,
                       char out[SHOW_MONEY_MAX])
{
    if (hides) {
        (void)snprintf(out, SHOW_MONEY_MAX, "%s", SHOW_HIDDEN);
        return out;
    }
    char plain[MONEY_TEXT_MAX];
    const char *digits = money_print(money, exponent, plain);
    size_t size = 0;
    bool negative = digits[0] == '-';
    if (negative || sign == SHOW_DEBIT) {
        digits += negative;
        memcpy(out, "−", strlen("−"));
        size = strlen("−");
    } else if (sign == SHOW_SIGNED) {
        out[size++] = '+';
    }
    size_t whole = strcspn(digits, ".");
    size += group(digits, whole, out + size);
    (void)snprintf(out + size, SHOW_MONEY_MAX - size, "%s", digits + whole);
    return out;
}

const char *show_money_in(struct money money, uint16_t currency, char out[SHOW_MONEY_MAX])
{
    (void)show_money(money, currency_exponent(currency), SHOW_PLAIN, out);
    size_t size = strlen(out);
    (void)snprintf(out + size, SHOW_MONEY_MAX - size, " %s", currency_code(currency));
    return out;
}

const char *show_account(uint64_t account, char out[SHOW_ACCOUNT_MAX])
{
    char digits[ACCOUNT_TEXT_MAX];
    (void)account_print(account, digits);
    (void)snprintf(out, SHOW_ACCOUNT_MAX, "%.5s %s", digits, digits + 5);
    return out;
}

static const char *const month_names[12] = {"January",   "February", "March",    "April",
                                            "May",       "June",     "July",     "August",
                                            "September", "October",  "November", "December"};

const char *show_month(int32_t month, char out[SHOW_MONTH_MAX])
{
    (void)snprintf(out, SHOW_MONTH_MAX, "%s %d", month_names[month % 12], month / 12);
    return out;
}

const char *show_month_short(int32_t month, char out[SHOW_MONTH_MAX])
{
    (void)snprintf(out, SHOW_MONTH_MAX, "%.3s %d", month_names[month % 12], month / 12);
    return out;
}

const char *show_clock(int64_t time, char out[SHOW_CLOCK_MAX])
{
    time_t seconds = (time_t)(time / TIME_SECOND);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL) {
        out[0] = '\0';
        return out;
    }
    (void)snprintf(out, SHOW_CLOCK_MAX, "%02u:%02u:%02u", (unsigned)local.tm_hour % 24,
                   (unsigned)local.tm_min % 60, (unsigned)local.tm_sec % 61);
    return out;
}

const char *show_movement(enum event_type type, struct money change)
{
    switch (type) {
    case EVENT_ACCOUNT_CREATED:
        return "Opened";
    case EVENT_MONEY_DEPOSITED:
        return "Deposit";
    case EVENT_MONEY_WITHDRAWN:
        return "Withdrawal";
    case EVENT_MONEY_TRANSFERRED:
        return change.minor < 0 ? "Transfer to" : "Transfer from";
    default:
        return "Balance";
    }
}

const char *show_count(uint64_t count, char out[SHOW_MONEY_MAX])
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    out[group(digits, (size_t)size, out)] = '\0';
    return out;
}
