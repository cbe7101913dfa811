#include "contract/problem.h"

#include <stdarg.h>
#include <stdio.h>

void problem_clear(struct problem *problem)
{
    problem->status = STATUS_ok;
    problem->detail[0] = '\0';
    problem->error_count = 0;
    problem->balance = money(0);
    problem->amount = money(0);
    problem->version = 0;
    problem->retry_after_s = 0;
}

/* A cut in the middle of a character would make the whole reply invalid UTF-8. */
static void mend_end(char *text, size_t length)
{
    size_t at = length;
    while (at > 0 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
        at--;
    if (at == 0)
        return;
    unsigned char lead = (unsigned char)text[at - 1];
    size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (at - 1 + size > length)
        text[at - 1] = '\0';
}

static void print(char *out, size_t size, const char *format, va_list arguments)
{
    int length = vsnprintf(out, size, format, arguments);
    if (length < 0)
        out[0] = '\0';
    else if ((size_t)length >= size)
        mend_end(out, size - 1);
}

void problem_set(struct problem *problem, enum status status, const char *detail, ...)
{
    if (problem->status != STATUS_ok)
        return;
    problem->status = status;
    problem->detail[0] = '\0';
    if (detail == NULL)
        return;
    va_list arguments;
    va_start(arguments, detail);
    print(problem->detail, sizeof problem->detail, detail, arguments);
    va_end(arguments);
}

void problem_at(struct problem *problem, enum status status, const char *pointer,
                const char *detail, ...)
{
    char text[PROBLEM_DETAIL_MAX] = "";
    if (detail != NULL) {
        va_list arguments;
        va_start(arguments, detail);
        print(text, sizeof text, detail, arguments);
        va_end(arguments);
    }
    problem_set(problem, status, "%s", text);
    if (problem->error_count >= PROBLEM_ERRORS_MAX)
        return;
    struct problem_error *error = &problem->errors[problem->error_count++];
    int length = snprintf(error->pointer, sizeof error->pointer, "%s", pointer);
    if (length >= (int)sizeof error->pointer)
        mend_end(error->pointer, sizeof error->pointer - 1);
    length = snprintf(error->detail, sizeof error->detail, "%s", text);
    if (length < 0)
        error->detail[0] = '\0';
}
