/* What the files of this room share: everything that is open while the bank runs. */
#pragma once

#include "host/config.h"
#include "host/folder.h"
#include "journal/journal.h"
#include "read/projector_thread.h"
#include "read/queries.h"
#include "registry/registry.h"
#include "rest/rest.h"
#include "service/service.h"
#include "webhooks/webhooks_thread.h"
#include "write/engine_thread.h"
#include "zmq/door.h"

struct serve {
    struct config config;
    struct folder folder;
    int signal_fd, seen_fd;
    struct registry *registry;
    struct journal *journal;
    char journal_path[FOLDER_PATH_MAX], snapshot_path[FOLDER_PATH_MAX];
    struct engine_thread *engine;
    struct projector_thread *projector;
    struct views *owners; /* the webhooks' own */
    struct webhooks_thread *webhooks;
    struct service *service;
    struct rest *rest;
    struct zmq_door *zmq;
};

/* Says what is wrong on standard error; returns `code`. */
int serve_refuse(int code, const char *what, const char *why);

/* Whether what was asked of webhooks makes sense: EX_OK or EX_USAGE. */
int serve_check_webhooks(const struct config *config) MUST_USE;

/* Each opens one thing on top of those before it and returns EX_OK, or says why not and returns
 * the code to exit with; serve.c has their order. */
int serve_open_folder(struct serve *serve) MUST_USE;
int serve_open_registry(struct serve *serve) MUST_USE;
int serve_open_journal(struct serve *serve) MUST_USE;
int serve_open_engine(struct serve *serve) MUST_USE;
int serve_open_projector(struct serve *serve) MUST_USE;
int serve_open_webhooks(struct serve *serve) MUST_USE;
int serve_open_service(struct serve *serve) MUST_USE;
int serve_open_doors(struct serve *serve) MUST_USE;
int serve_announce(struct serve *serve) MUST_USE;
