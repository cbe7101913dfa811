/* One line of text: "teller-head 1 RECORD POSITION HASH CHECKSUM\n", both last in hexadecimal.
 * The checksum is the BLAKE2b-128 of all before its space. */
#include "journal/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "host/folder.h"
#include "host/log.h"

#define WITNESS_MAX 256
#define CHECKSUM_SIZE 16
#define HEX_OF(size) (2 * (size) + 1)

bool witness_path(const char *journal_path, char out[WITNESS_PATH_MAX])
{
    size_t size = strlen(journal_path);

    if (size > 3 && strcmp(journal_path + size - 3, ".db") == 0)
        size -= 3;
    int printed = snprintf(out, WITNESS_PATH_MAX, "%.*s.head", (int)size, journal_path);
    return printed > 0 && printed < WITNESS_PATH_MAX;
}

static void checksum_of(const char *line, size_t size, char out[HEX_OF(CHECKSUM_SIZE)])
{
    uint8_t sum[CHECKSUM_SIZE];

    CHECK(crypto_generichash(sum, sizeof(sum), (const unsigned char *)line, size, NULL, 0) == 0);
    sodium_bin2hex(out, HEX_OF(CHECKSUM_SIZE), sum, sizeof(sum));
}

static size_t print_line(const struct journal_head *head, char out[WITNESS_MAX])
{
    char hash[HEX_OF(JOURNAL_HASH_SIZE)], sum[HEX_OF(CHECKSUM_SIZE)];

    sodium_bin2hex(hash, sizeof(hash), head->hash, JOURNAL_HASH_SIZE);
    int size = snprintf(out, WITNESS_MAX, "teller-head 1 %" PRIu64 " %" PRIu64 " %s", head->record,
                        head->position, hash);
    CHECK(size > 0 && size < WITNESS_MAX);
    checksum_of(out, (size_t)size, sum);
    int all = snprintf(out + size, WITNESS_MAX - (size_t)size, " %s\n", sum);
    CHECK(all > 0 && size + all < WITNESS_MAX);
    return (size_t)(size + all);
}

/* By rename too, but without waiting for the disk. */
static bool write_quickly(const char *path, const char *line, size_t size)
{
    char fresh[WITNESS_PATH_MAX + 8];

    CHECK(snprintf(fresh, sizeof(fresh), "%s.new", path) < (int)sizeof(fresh));
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool ok = write(fd, line, size) == (ssize_t)size;
    if (close(fd) != 0)
        ok = false;
    return ok && rename(fresh, path) == 0;
}

bool witness_write(const char *path, const struct journal_head *head, bool durable)
{
    char line[WITNESS_MAX];
    size_t size = print_line(head, line);
    bool ok = durable ? file_write_atomic(path, line, size, 0600) : write_quickly(path, line, size);

    if (!ok)
        log_warning("journal", "the head witness could not be written path=%s error=%s", path,
                    strerror(errno));
    return ok;
}

static bool parse_line(const char *line, size_t size, struct journal_head *out)
{
    char hash[HEX_OF(JOURNAL_HASH_SIZE)], sum[HEX_OF(CHECKSUM_SIZE)], again[WITNESS_MAX];
    int end = 0;

    if (sscanf(line, "teller-head 1 %20" SCNu64 " %20" SCNu64 " %64[0-9a-f] %32[0-9a-f]%n",
               &out->record, &out->position, hash, sum, &end) != 4 ||
        sodium_hex2bin(out->hash, JOURNAL_HASH_SIZE, hash, strlen(hash), NULL, NULL, NULL) != 0 ||
        strlen(hash) != 2 * (size_t)JOURNAL_HASH_SIZE)
        return false;
    /* Printed again it must be the same, checksum included: so nothing but our own form passes. */
    return print_line(out, again) == size && memcmp(line, again, size) == 0;
}

enum witness_read witness_read(const char *path, struct journal_head *out)
{
    char line[WITNESS_MAX];
    size_t size = 0;

    *out = (struct journal_head){0};
    if (access(path, F_OK) != 0)
        return errno == ENOENT ? WITNESS_NONE : WITNESS_FAILED;
    if (!file_read_small(path, line, sizeof(line) - 1, &size))
        return errno == EFBIG ? WITNESS_TORN : WITNESS_FAILED;
    line[size] = '\0';
    return parse_line(line, size, out) ? WITNESS_OK : WITNESS_TORN;
}
