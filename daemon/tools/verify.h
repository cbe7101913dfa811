/* The part of `verify` that `backup` needs too: see verify.c. */
#pragma once

#include "base/check.h"
#include "tools/audit.h"

/* Audits the journal at `path`, its head witness included; says what is wrong on standard error. An
 * exit code. */
int verify_journal(const char *path, struct audit_report *out) MUST_USE;
