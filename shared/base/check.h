/* Checks that stay on in release.
 *
 * CHECK is for what our own code promises (an invariant), never for input: input is refused with
 * a status. A failed check prints where and stops the process, because a bank that no longer
 * trusts its own state must not go on. MUST_USE marks functions whose result may not be dropped. */
#pragma once

#define MUST_USE __attribute__((warn_unused_result))

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__, __func__))

_Noreturn void check_failed(const char *condition, const char *file, int line, const char *where);
