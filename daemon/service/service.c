#include "service/service.h"

#include <stdlib.h>

#include "host/log.h"
#include "service/inside.h"

static void service_on_commit(void *context)
{
    const struct service_config *config = context;
    projector_hint(config->projector);
    if (config->webhooks != NULL)
        webhooks_wake(config->webhooks);
}

static void service_on_lag(void *context, bool lagging)
{
    if (lagging)
        log_warning("service", "the views lag too far behind: commands wait");
    else
        log_info("service", "the views have caught up: commands go on");
    engine_thread_pause(context, lagging);
}

struct service *service_new(const struct service_config *config)
{
    struct service *service = calloc(1, sizeof *service);
    CHECK(service != NULL);
    service->config = *config;
    service->start_record = engine_thread_committed(config->engine);
    service->pool = pool_start(&service->config);
    service->pins = service->pool == NULL ? NULL : pin_pool_start();
    if (service->pins == NULL) {
        pool_stop(&service->pool);
        free(service);
        return NULL;
    }
    engine_thread_on_commit(config->engine, service_on_commit, &service->config);
    projector_on_lag(config->projector, service_on_lag, config->engine);
    service_on_commit(&service->config);
    return service;
}

bool service_ready(const struct service *service)
{
    struct projector *projector = projector_thread_projector(service->config.projector);
    return projector_seen(projector) >= service->start_record;
}

void service_free(struct service **service)
{
    if (*service == NULL)
        return;
    /* No port is open, so the engine has nothing to commit any more. */
    engine_thread_on_commit((*service)->config.engine, NULL, NULL);
    projector_on_lag((*service)->config.projector, NULL, NULL);
    pin_pool_stop(&(*service)->pins);
    pool_stop(&(*service)->pool);
    free(*service);
    *service = NULL;
}
