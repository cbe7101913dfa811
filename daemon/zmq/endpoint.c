#include "zmq/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include "base/text.h"
#include "host/log.h"
#include "zmq/door.h"

#define IPC "ipc://"
#define TCP "tcp://"

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool host_is_loopback(const char *host)
{
    struct in_addr four;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    struct in6_addr six;
    size_t size = strlen(host);
    char bare[INET6_ADDRSTRLEN];
    if (size < 3 || host[0] != '[' || host[size - 1] != ']' || size - 2 >= sizeof bare)
        return false;
    memcpy(bare, host + 1, size - 2);
    bare[size - 2] = '\0';
    return inet_pton(AF_INET6, bare, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static bool port_is_sound(const char *port)
{
    int64_t number;
    if (strcmp(port, "*") == 0)
        return true;
    return text_to_int64(text_of(port), &number) == TEXT_NUMBER_OK && number >= 0 &&
           number <= UINT16_MAX;
}

/* Names are no addresses: what `localhost` or an interface stands for is decided elsewhere, and
 * may change. */
bool zmq_endpoint_is_local(const char *endpoint)
{
    if (starts_with(endpoint, IPC))
        return endpoint[strlen(IPC)] != '\0';
    if (!starts_with(endpoint, TCP))
        return false;
    const char *host = endpoint + strlen(TCP);
    const char *colon = strrchr(host, ':');
    char text[INET6_ADDRSTRLEN + 2];
    if (colon == NULL || (size_t)(colon - host) >= sizeof text || !port_is_sound(colon + 1))
        return false;
    memcpy(text, host, (size_t)(colon - host));
    text[colon - host] = '\0';
    return host_is_loopback(text);
}

/* The path of an ipc endpoint; NULL for others and for names in the kernel's own name space. */
static const char *path_of(const char *text)
{
    if (!starts_with(text, IPC) || text[strlen(IPC)] == '@')
        return NULL;
    return text + strlen(IPC);
}

static bool refuse(const char *text, const char *why)
{
    log_error("zmq", "cannot bind endpoint=\"%s\" error=\"%s\"", text, why);
    return false;
}

static bool is_served(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(path);
    if (size >= sizeof address.sun_path)
        return false;
    memcpy(address.sun_path, path, size + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    bool served = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ||
                  errno == EAGAIN || errno == EINPROGRESS;
    (void)close(fd);
    return served;
}

/* libzmq removes whatever stands at the path before it binds. */
static bool may_take_path(const char *text, const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return true; /* nothing there, or the bind will say what is wrong */
    if (!S_ISSOCK(info.st_mode))
        return refuse(text, "a file that is no socket stands there");
    return is_served(path) ? refuse(text, "another process serves it") : true;
}

static bool claim_file(struct endpoint *endpoint)
{
    const char *path = path_of(endpoint->text);
    struct stat info;
    if (path == NULL)
        return true;
    if (chmod(path, S_IRUSR | S_IWUSR) != 0 || lstat(path, &info) != 0)
        return refuse(endpoint->text, strerror(errno));
    endpoint->has_file = true;
    endpoint->device = info.st_dev;
    endpoint->inode = info.st_ino;
    return true;
}

bool endpoint_bind(void *socket, const char *text, struct endpoint *out)
{
    *out = (struct endpoint){.has_file = false};
    if (!zmq_endpoint_is_local(text))
        return refuse(text, "not ipc:// and not a loopback address");
    const char *path = path_of(text);
    if (path != NULL && strcmp(path, "*") != 0 && !may_take_path(text, path))
        return false;
    int six = starts_with(text, TCP "[");
    size_t size = sizeof out->text;
    CHECK(zmq_setsockopt(socket, ZMQ_IPV6, &six, sizeof six) == 0);
    if (zmq_bind(socket, text) != 0 ||
        zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, out->text, &size) != 0)
        return refuse(text, zmq_strerror(errno));
    return claim_file(out);
}

void endpoint_remove(const struct endpoint *endpoint)
{
    struct stat info;
    const char *path = path_of(endpoint->text);
    if (endpoint->has_file && lstat(path, &info) == 0 && info.st_dev == endpoint->device &&
        info.st_ino == endpoint->inode)
        (void)unlink(path); /* what stays behind is replaced at the next start */
}
