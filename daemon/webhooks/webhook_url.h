/* The URL of an endpoint, read the way libcurl will read it. */
#pragma once

#include <stdbool.h>

#include "base/check.h"
#include "base/text.h"
#include "webhooks/address.h"

/* http or https, with a host that is not known to be refused, no user and no password. False:
 * `*why` says what is wrong with it. */
bool webhook_url_check(struct text url, const struct address_allow *allow,
                       const char **why) MUST_USE;
