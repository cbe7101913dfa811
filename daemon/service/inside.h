/* What the service's own files know of each other. */
#pragma once

#include "registry/pin_pool.h"
#include "service/pool.h"
#include "service/service.h"

struct service {
    struct service_config config;
    uint64_t start_record; /* what was on disk when the service was made */
    struct pool *pool;
    struct pin_pool *pins;
};
