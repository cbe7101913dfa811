#include "json/json_scan.h"

#include "contract/node.h"

/* Behind the quote of a string; at its closing quote, or at the end. */
static size_t skip_string(const char *data, size_t size, size_t at)
{
    while (at < size && data[at] != '"')
        at += data[at] == '\\' ? 2 : 1;
    return at;
}

bool json_scan_is_bounded(const char *data, size_t size)
{
    size_t depth = 0, values = 1;
    for (size_t at = 0; at < size; at++) {
        switch (data[at]) {
        case '"':
            at = skip_string(data, size, at + 1);
            break;
        case '{':
        case '[':
            /* A comma or an opening bracket brings one more value at most. */
            if (++depth > NODE_DEPTH_MAX || ++values > NODE_COUNT_MAX)
                return false;
            break;
        case '}':
        case ']':
            depth -= depth > 0;
            break;
        case ',':
            if (++values > NODE_COUNT_MAX)
                return false;
            break;
        default:
            break;
        }
    }
    return true;
}
