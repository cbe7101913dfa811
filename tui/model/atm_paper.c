#include "model/atm_receipt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct paper_file {
    struct atm_printer printer; /* first */
    int fd;
};

static bool write_whole(int fd, struct text text)
{
    for (size_t done = 0; done < text.size;) {
        ssize_t size = write(fd, text.data + done, text.size - done);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            return false;
        }
        done += (size_t)size;
    }
    return true;
}

static bool paper_print(struct atm_printer *printer, const char *name, struct text text)
{
    const struct paper_file *paper = (const struct paper_file *)printer;
    char file[ATM_PAPER_NAME_MAX + 8];
    (void)snprintf(file, sizeof file, "%s.txt", name);
    int fd = openat(paper->fd, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    bool whole = write_whole(fd, text);
    bool closed = close(fd) == 0;
    if (!whole || !closed) {
        (void)unlinkat(paper->fd, file, 0);
    }
    return whole && closed;
}

static void paper_close(struct atm_printer *printer)
{
    struct paper_file *paper = (struct paper_file *)printer;
    (void)close(paper->fd);
    free(paper);
}

struct atm_printer *atm_paper_folder(const char *path, char why[256])
{
    bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
    int fd = made ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0) {
        (void)snprintf(why, 256, "cannot use the folder %.180s: %.40s", path, strerror(errno));
        return NULL;
    }
    struct paper_file *paper = calloc(1, sizeof *paper);
    CHECK(paper != NULL);
    paper->printer = (struct atm_printer){.print = paper_print, .close = paper_close};
    paper->fd = fd;
    return &paper->printer;
}
