#include "webhooks/webhook_url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "contract/args.h"

static char *part(CURLU *url, CURLUPart what)
{
    char *value = NULL;

    return curl_url_get(url, what, &value, 0) == CURLUE_OK ? value : NULL;
}

static bool has_part(CURLU *url, CURLUPart what)
{
    char *value = part(url, what);
    bool has = value != NULL;

    curl_free(value);
    return has;
}

/* Names of other scripts have an ASCII spelling, which is the one that can be judged. */
static bool is_plain(const char *host)
{
    for (; *host != '\0'; host++) {
        if (*host <= ' ' || *host > '~')
            return false;
    }
    return true;
}

/* libcurl looks for a host further on when there is none behind the slashes. */
static bool names_host(const char *text)
{
    const char *authority = strstr(text, "://");

    return authority != NULL && authority[3] != '\0' && strchr("/?#", authority[3]) == NULL;
}

static bool has_port_zero(CURLU *url)
{
    char *port = part(url, CURLUPART_PORT);
    bool zero = port != NULL && strspn(port, "0") == strlen(port);

    curl_free(port);
    return zero;
}

static const char *judge(CURLU *url, const struct address_allow *allow)
{
    char *scheme = part(url, CURLUPART_SCHEME), *host = part(url, CURLUPART_HOST);
    const char *why = NULL;

    if (scheme == NULL || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        why = "Give an http or https URL.";
    else if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        why = "Leave user and password out of the URL: deliveries are signed.";
    else if (has_port_zero(url))
        why = "Give a port from 1 to 65535, or none.";
    else if (host != NULL && !is_plain(host))
        why = "Write the host in ASCII, with xn-- where that is needed.";
    else if (host == NULL || address_host_is_refused(allow, host))
        why = "Give the URL of a public address; --webhook-allow makes exceptions.";
    curl_free(scheme);
    curl_free(host);
    return why;
}

bool webhook_url_check(struct text text, const struct address_allow *allow, const char **why)
{
    char copy[ARG_URL_MAX + 1];
    CURLU *url = curl_url();

    CHECK(url != NULL);
    *why = "Give a whole URL, like https://example.com/hook.";
    if (text.size > 0 && text.size <= ARG_URL_MAX && memchr(text.data, '\0', text.size) == NULL) {
        memcpy(copy, text.data, text.size);
        copy[text.size] = '\0';
        if (names_host(copy) &&
            curl_url_set(url, CURLUPART_URL, copy, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
            *why = judge(url, allow);
    }
    curl_url_cleanup(url);
    return *why == NULL;
}
