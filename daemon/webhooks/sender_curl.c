#include "webhooks/sender_curl.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/log.h"

#define USER_AGENT "Teller/" TELLER_VERSION

struct transfer {
    struct sender_curl *sender;
    CURL *easy; /* kept for the next one */
    struct curl_slist *headers;
    char *body;
    unsigned flight;
    bool used, ended;
    bool refused; /* an address was */
    size_t header_size, body_size;
    struct sender_answer answer;
};

struct sender_curl {
    struct sender sender; /* first */
    struct sender_curl_config config;
    CURLM *multi;
    struct curl_slist *resolve;
    struct transfer *transfers; /* by flight */
    unsigned used;
    bool started;    /* something was, since curl was last let work */
    unsigned *ended; /* flights, oldest first */
    unsigned ended_first, ended_count;
};

static struct sender_curl *self(struct sender *sender)
{
    return (struct sender_curl *)(void *)sender;
}

/* ---- callbacks */

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    const struct address_allow *allow = &transfer->sender->config.allow;
    bool refused = true;

    (void)purpose;
    if (address->family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)&address->addr;
        refused = address_is_refused(allow, AF_INET, &v4->sin_addr);
    } else if (address->family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)&address->addr;
        refused = address_is_refused(allow, AF_INET6, &v6->sin6_addr);
    }
    if (refused) {
        transfer->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_header(char *data, size_t one, size_t size, void *context)
{
    struct transfer *transfer = context;

    (void)data;
    (void)one;
    transfer->header_size += size;
    return transfer->header_size > SENDER_ANSWER_READ_MAX ? 0 : size;
}

static size_t take_body(char *data, size_t one, size_t size, void *context)
{
    struct transfer *transfer = context;
    struct sender_answer *answer = &transfer->answer;
    size_t room = sizeof answer->body - answer->body_size;
    size_t kept = size < room ? size : room;

    (void)one;
    memcpy(answer->body + answer->body_size, data, kept);
    answer->body_size += kept;
    transfer->body_size += size;
    return transfer->body_size > SENDER_ANSWER_READ_MAX ? 0 : size;
}

/* ---- starting */

#define SET(option, value) (curl_easy_setopt(easy, option, value) == CURLE_OK)

/* What is the same for all requests of a transfer's handle. */
static bool set_up(struct transfer *transfer)
{
    const struct sender_curl_config *config = &transfer->sender->config;
    CURL *easy = transfer->easy;
    long timeout_ms = config->timeout_ms != 0 ? config->timeout_ms : SENDER_TIMEOUT_MS;

    return SET(CURLOPT_PRIVATE, (void *)transfer) && SET(CURLOPT_NOSIGNAL, 1L) &&
           SET(CURLOPT_PROTOCOLS_STR, "http,https") && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
           SET(CURLOPT_PROXY, "") && SET(CURLOPT_NOPROXY, "*") &&
           SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
           SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           SET(CURLOPT_TIMEOUT_MS, timeout_ms) &&
           SET(CURLOPT_CONNECTTIMEOUT_MS, (long)SENDER_CONNECT_TIMEOUT_MS) &&
           /* A name server that hangs must not hang the thread when the time is over. */
           SET(CURLOPT_QUICK_EXIT, 1L) && SET(CURLOPT_USERAGENT, USER_AGENT) &&
           SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
           SET(CURLOPT_OPENSOCKETDATA, (void *)transfer) &&
           SET(CURLOPT_HEADERFUNCTION, take_header) && SET(CURLOPT_HEADERDATA, (void *)transfer) &&
           SET(CURLOPT_WRITEFUNCTION, take_body) && SET(CURLOPT_WRITEDATA, (void *)transfer) &&
           SET(CURLOPT_BUFFERSIZE, 16384L) && SET(CURLOPT_TCP_KEEPALIVE, 1L) &&
           SET(CURLOPT_POST, 1L) &&
           (transfer->sender->resolve == NULL || SET(CURLOPT_RESOLVE, transfer->sender->resolve));
}

static bool add_header(struct transfer *transfer, const char *name, const char *value)
{
    char line[256];
    int size = snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *list;

    CHECK(size > 0 && (size_t)size < sizeof line);
    list = curl_slist_append(transfer->headers, line);
    if (list == NULL)
        return false;
    transfer->headers = list;
    return true;
}

static bool fill(struct transfer *transfer, const struct sender_request *request)
{
    CURL *easy = transfer->easy;
    char timestamp[24];

    snprintf(timestamp, sizeof timestamp, "%" PRId64, request->timestamp);
    transfer->body = malloc(request->body.size + 1);
    CHECK(transfer->body != NULL);
    memcpy(transfer->body, request->body.data, request->body.size);
    return add_header(transfer, "Content-Type", "application/json") &&
           add_header(transfer, "webhook-id", request->id) &&
           add_header(transfer, "webhook-timestamp", timestamp) &&
           add_header(transfer, "webhook-signature", request->signature) &&
           SET(CURLOPT_URL, request->url) && SET(CURLOPT_HTTPHEADER, transfer->headers) &&
           SET(CURLOPT_POSTFIELDSIZE, (long)request->body.size) &&
           SET(CURLOPT_POSTFIELDS, transfer->body);
}

static void release(struct transfer *transfer)
{
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
    free(transfer->body);
    transfer->body = NULL;
    transfer->used = false;
    transfer->sender->used--;
}

static bool start(struct sender *sender, const struct sender_request *request)
{
    struct sender_curl *curl = self(sender);
    struct transfer *transfer = &curl->transfers[request->flight];

    CHECK(request->flight < curl->config.flights_max && !transfer->used);
    CURL *easy = transfer->easy != NULL ? transfer->easy : curl_easy_init();
    if (easy == NULL)
        return false;
    bool fresh = transfer->easy == NULL;
    *transfer =
        (struct transfer){.sender = curl, .easy = easy, .flight = request->flight, .used = true};
    transfer->answer.flight = request->flight;
    curl->used++;
    if ((!fresh || set_up(transfer)) && fill(transfer, request) &&
        curl_multi_add_handle(curl->multi, easy) == CURLM_OK) {
        curl->started = true;
        return true;
    }
    log_error("webhooks", "a request cannot be set up");
    release(transfer);
    curl_easy_cleanup(easy);
    transfer->easy = NULL;
    return false;
}

/* ---- ending */

static const char *word_for(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return "timeout";
    case CURLE_COULDNT_RESOLVE_HOST:
        return "unresolved";
    case CURLE_COULDNT_CONNECT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
        return "connection_failed";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
        return "tls_failed";
    default:
        return "bad_answer";
    }
}

/* The answer's status counts even when its body was longer than anybody reads. */
static void judge(struct transfer *transfer, CURLcode code)
{
    struct sender_answer *answer = &transfer->answer;
    bool cut = code == CURLE_WRITE_ERROR && transfer->body_size > SENDER_ANSWER_READ_MAX;
    curl_off_t later = 0;
    long status = 0;

    if (curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
        status = 0;
    if (curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &later) == CURLE_OK && later > 0)
        answer->retry_after_s = later;
    answer->status = status > 0 && status < 1000 ? (unsigned)status : 0;
    if (code != CURLE_OK && !cut)
        answer->error = transfer->refused && code == CURLE_COULDNT_CONNECT ? "forbidden_address"
                                                                           : word_for(code);
    else if (answer->status < 100)
        answer->error = "bad_answer";
}

static void collect(struct sender_curl *curl)
{
    int left;

    for (CURLMsg *message; (message = curl_multi_info_read(curl->multi, &left)) != NULL;) {
        struct transfer *transfer = NULL;
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;

        CHECK(curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer) == CURLE_OK &&
              transfer != NULL);
        judge(transfer, code);
        CHECK(curl_multi_remove_handle(curl->multi, easy) == CURLM_OK);
        transfer->ended = true;
        curl->ended[(curl->ended_first + curl->ended_count++) % curl->config.flights_max] =
            transfer->flight;
    }
}

static bool take(struct sender *sender, struct sender_answer *out)
{
    struct sender_curl *curl = self(sender);

    while (curl->ended_count > 0) {
        struct transfer *transfer = &curl->transfers[curl->ended[curl->ended_first]];

        curl->ended_first = (curl->ended_first + 1) % curl->config.flights_max;
        curl->ended_count--;
        if (!transfer->used || !transfer->ended)
            continue; /* cancelled meanwhile */
        *out = transfer->answer;
        release(transfer);
        return true;
    }
    return false;
}

static void cancel(struct sender *sender, unsigned flight)
{
    struct sender_curl *curl = self(sender);
    struct transfer *transfer = &curl->transfers[flight];

    CHECK(flight < curl->config.flights_max && transfer->used);
    if (transfer->ended) { /* out of the queue, before the flight's number is used again */
        for (unsigned i = 0, kept = 0, count = curl->ended_count; i < count; i++) {
            unsigned at = (curl->ended_first + i) % curl->config.flights_max;

            if (curl->ended[at] == flight)
                curl->ended_count--;
            else
                curl->ended[(curl->ended_first + kept++) % curl->config.flights_max] =
                    curl->ended[at];
        }
    } else {
        CHECK(curl_multi_remove_handle(curl->multi, transfer->easy) == CURLM_OK);
    }
    release(transfer);
}

static void perform(struct sender_curl *curl)
{
    int running;
    CURLMcode code = curl_multi_perform(curl->multi, &running);

    if (code != CURLM_OK)
        log_error("webhooks", "libcurl: %s", curl_multi_strerror(code));
    collect(curl);
}

/* To let curl work costs time for every request under way: it is done when there is a reason. */
static void wait(struct sender *sender, int timeout_ms)
{
    struct sender_curl *curl = self(sender);
    int active = 0;
    long left_ms = -1;

    if (curl->started)
        perform(curl);
    curl->started = false;
    if (curl->ended_count > 0)
        return;
    CURLMcode code = curl_multi_poll(curl->multi, NULL, 0, timeout_ms, &active);
    if (code == CURLM_OK && active == 0)
        code = curl_multi_timeout(curl->multi, &left_ms);
    if (code != CURLM_OK)
        log_error("webhooks", "libcurl: %s", curl_multi_strerror(code));
    if (active > 0 || left_ms == 0)
        perform(curl);
}

static void wake(struct sender *sender)
{
    (void)curl_multi_wakeup(self(sender)->multi); /* it fails only when it is awake */
}

static void close_sender(struct sender *sender)
{
    struct sender_curl *curl = self(sender);

    for (unsigned i = 0; i < curl->config.flights_max; i++) {
        struct transfer *transfer = &curl->transfers[i];

        if (transfer->used)
            cancel(sender, i);
        if (transfer->easy != NULL)
            curl_easy_cleanup(transfer->easy);
    }
    (void)curl_multi_cleanup(curl->multi); /* nothing is left in it that could object */
    curl_slist_free_all(curl->resolve);
    curl_global_cleanup();
    free(curl->transfers);
    free(curl->ended);
    free(curl);
}

struct sender *sender_curl_open(const struct sender_curl_config *config)
{
    struct sender_curl *curl = calloc(1, sizeof *curl);

    CHECK(curl != NULL);
    curl->config = *config;
    curl->sender = (struct sender){start, take, cancel, wait, wake, close_sender};
    curl->transfers = calloc(config->flights_max, sizeof *curl->transfers);
    curl->ended = calloc(config->flights_max, sizeof *curl->ended);
    CHECK(curl->transfers != NULL && curl->ended != NULL);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        curl->multi = curl_multi_init();
    if (curl->multi == NULL || curl_multi_setopt(curl->multi, CURLMOPT_MAXCONNECTS,
                                                 (long)config->flights_max) != CURLM_OK) {
        log_error("webhooks", "libcurl cannot be set up");
        free(curl->transfers);
        free(curl->ended);
        free(curl);
        return NULL;
    }
    if (config->resolve != NULL) {
        curl->resolve = curl_slist_append(NULL, config->resolve);
        CHECK(curl->resolve != NULL);
    }
    return &curl->sender;
}
