/* Lines in and out for `teller --plain`: the input is read while the daemon is listened to. */
#pragma once

#include "client/client.h"
#include "screens/plain.h"

struct lines {
    struct client *client;
    int wake_fd; /* readable: a signal came, its number is a byte */
    int ended_by;
    bool input_ended;
    char held[PLAIN_LINE_MAX]; /* read and not a whole line yet, or lines not asked for yet */
    size_t held_size;
    bool skipping; /* the rest of a line that was too long */
};

void lines_open(struct lines *lines, struct client *client, int wake_fd);
void lines_io(struct lines *lines, bool ascii, struct plain_io *out);
