/* A quick look at JSON before it is parsed: how deep, how many values. jansson builds a tree as
 * large as the message asks for; this bounds it. What is wrong otherwise is left to jansson. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* False: deeper than NODE_DEPTH_MAX, or more than NODE_COUNT_MAX values. */
bool json_scan_is_bounded(const char *data, size_t size);
