/* Intents as files of a folder, one each, owned by the console that wrote it as long as it lives
 * (a lock that ends with the process, kill -9 included). */
#pragma once

#include "model/intent.h"

/* Makes the folder (mode 0700) with its parents. NULL: `why` says what failed. */
struct intent_store *intent_folder_open(const char *path, char why[256]) MUST_USE;
