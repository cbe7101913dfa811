/* Endpoints: which ones may be served in the plain, and binding to them. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/check.h"

#define ENDPOINT_TEXT_MAX 256

/* A bound one: what was bound, wildcards resolved; of ipc, the socket file that is ours. */
struct endpoint {
    char text[ENDPOINT_TEXT_MAX];
    bool has_file;
    dev_t device;
    ino_t inode;
};

/* A socket file gets mode 0600. What a crash left behind is replaced; a socket that somebody
 * serves, and files of other kinds, are not. False: logged. */
bool endpoint_bind(void *socket, const char *text, struct endpoint *out) MUST_USE;
/* Removes the socket file, unless it is somebody else's by now; once the socket is closed. */
void endpoint_remove(const struct endpoint *endpoint);
