#include "app/app.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "app/harden.h"
#include "app/kiosk.h"
#include "app/lines.h"
#include "app/options.h"
#include "client/line.h"
#include "model/intent_folder.h"
#include "model/paper_folder.h"
#include "screens/console.h"

struct app {
    struct options options;
    struct term *term;
    struct line_maker *maker;
    struct client *client;
    struct intent_store *store;
    struct paper *paper;
    struct console console;
    struct kiosk kiosk; /* its atm: NULL unless this is a cash machine */
    char why_no_store[256];
    bool tells_idle; /* test mode: the terminal's title says when nothing is under way */
    unsigned long idles;
    uint64_t idle_keys;
    bool was_busy;
    int ended_by; /* a signal */
};

static int wake_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    uint8_t byte = (uint8_t)number;
    ssize_t written = write(wake_pipe[1], &byte, 1);
    (void)written;
    errno = saved;
}

static bool catch_signals(void)
{
    static const int ends[] = {SIGTERM, SIGHUP, SIGINT};
    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (sigaction(ends[i], &action, NULL) != 0) {
            return false;
        }
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&ignore.sa_mask);
    return sigaction(SIGPIPE, &ignore, NULL) == 0;
}

static int64_t steady_ms(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t wall_us(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void random_bytes(void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = getrandom((uint8_t *)data + done, size - done, 0);
        CHECK(got > 0 || errno == EINTR);
        done += got > 0 ? (size_t)got : 0;
    }
}

static int timeout_ms(const struct app *app)
{
    return app->kiosk.atm != NULL ? atm_timeout_ms(app->kiosk.atm)
                                  : console_timeout_ms(&app->console);
}

static bool is_over(const struct app *app)
{
    return app->kiosk.atm != NULL ? app->kiosk.atm->quit : app->console.quit;
}

static void turn(struct app *app)
{
    if (app->kiosk.atm != NULL) {
        atm_turn(app->kiosk.atm, steady_ms(), wall_us());
    } else {
        console_turn(&app->console, steady_ms(), wall_us());
    }
}

static void draw(struct app *app)
{
    if (app->kiosk.atm != NULL) {
        atm_draw(app->kiosk.atm);
    } else {
        console_draw(&app->console);
    }
}

/* Waits for a key, the daemon, a signal or the next time something is due. False: it is over. */
static bool wait_for_news(struct app *app)
{
    int lines[CLIENT_FDS_MAX];
    struct pollfd polled[2 + CLIENT_FDS_MAX] = {{.fd = term_fd(app->term), .events = POLLIN},
                                                {.fd = wake_pipe[0], .events = POLLIN}};
    int count = client_fds(app->client, lines);
    for (int i = 0; i < count; i++) {
        polled[2 + i] = (struct pollfd){.fd = lines[i], .events = POLLIN};
    }
    if (poll(polled, (nfds_t)(2 + count), timeout_ms(app)) < 0) {
        return errno == EINTR; /* a resize */
    }
    uint8_t byte = 0;
    if (read(wake_pipe[0], &byte, 1) == 1) {
        app->ended_by = byte;
        return false;
    }
    return (polled[0].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

static void tell_idle(struct app *app)
{
    const struct atm *atm = app->kiosk.atm;
    bool idle = atm != NULL ? atm_is_idle(atm) : console_is_idle(&app->console);
    uint64_t keys = atm != NULL ? atm->keys : app->console.keys;
    if (!app->tells_idle || !idle) {
        app->was_busy = app->was_busy || !idle;
        return;
    }
    if (app->was_busy || keys != app->idle_keys) {
        char title[64];
        app->idle_keys = keys;
        app->was_busy = false;
        (void)snprintf(title, sizeof title, "teller idle %lu keys %llu", ++app->idles,
                       (unsigned long long)app->idle_keys);
        term_title(app->term, title);
    }
}

static void loop(struct app *app)
{
    while (!is_over(app)) {
        turn(app);
        if (is_over(app)) {
            break;
        }
        draw(app);
        tell_idle(app);
        if (!wait_for_news(app)) {
            break;
        }
    }
}

static void open_store(struct app *app)
{
    char path[OPTIONS_PATH_MAX];
    bool found = options_state_folder(path);
    if (app->options.atm) {
        kiosk_open(&app->kiosk, found ? path : NULL, app->options.printer);
        return;
    }
    if (!found) {
        (void)snprintf(app->why_no_store, sizeof app->why_no_store,
                       "there is no place for open postings: set XDG_STATE_HOME or HOME");
        return;
    }
    app->store = intent_folder_open(path, app->why_no_store);
}

static int fail(int code, const char *why)
{
    (void)fprintf(stderr, "teller: %s\n", why);
    return code;
}

/* All that can fail fails here, before the terminal is touched. */
static int prepare(struct app *app)
{
    char endpoint[OPTIONS_PATH_MAX];
    char key[OPTIONS_KEY_MAX + 1] = "";
    char why[OPTIONS_WHY_MAX];
    if (app->options.atm && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
        return fail(EX_USAGE, "a cash machine needs a terminal on its input and output");
    }
    if (app->options.atm && app->options.key_file == NULL) {
        return fail(EX_USAGE, "--atm needs the machine's own key: --key-file FILE");
    }
    if (options_key(&app->options, key, why) == OPTIONS_KEY_WRONG) {
        return fail(EX_NOINPUT, why);
    }
    options_endpoint(&app->options, endpoint);
    if (!line_zmq_endpoint_is_sound(endpoint)) {
        explicit_bzero(key, sizeof key);
        (void)snprintf(why, sizeof why, "not the address of a daemon: %.300s", endpoint);
        return fail(EX_USAGE, why);
    }
    open_store(app);
    if (!catch_signals() || (app->options.atm && !kiosk_ignore_keys())) {
        explicit_bzero(key, sizeof key);
        return fail(EX_OSERR, strerror(errno));
    }
    app->maker = line_zmq_new();
    app->client = client_new(app->maker, endpoint, steady_ms());
    client_set_auth(app->client, text_of(key));
    explicit_bzero(key, sizeof key);
    return EX_OK;
}

static void close_all(struct app *app)
{
    term_close(&app->term);
    client_free(&app->client);
    line_zmq_free(&app->maker);
    kiosk_close(&app->kiosk);
    if (app->store != NULL) {
        app->store->close(app->store);
    }
    if (app->paper != NULL) {
        app->paper->close(app->paper);
    }
    harden_end();
}

static void run_atm(struct app *app)
{
    struct kiosk *kiosk = &app->kiosk;
    struct atm_config config = {.term = app->term,
                                .client = app->client,
                                .store = kiosk->store,
                                .settle = kiosk->settle,
                                .printer = kiosk->printer,
                                .why_no_store = kiosk->why_no_store,
                                .random = random_bytes};
    atm_open(kiosk->atm, &config, steady_ms(), wall_us());
    loop(app);
    atm_close(kiosk->atm);
}

/* Lines, where there is no screen to draw on. */
static bool is_plain(const struct options *options)
{
    const char *name = getenv("TERM");
    bool dumb = name == NULL || name[0] == '\0' || strcmp(name, "dumb") == 0;
    return !options->atm &&
           (options->plain || dumb || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO));
}

static int run_plain(struct app *app)
{
    struct lines lines;
    struct plain_io io;
    bool ascii = app->options.ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    app->term = term_open_grid(TERM_ROWS_MIN, TERM_COLUMNS_MIN, ascii); /* nobody looks at it */
    lines_open(&lines, app->client, wake_pipe[0]);
    lines_io(&lines, ascii, &io);
    struct console_config config = {.term = app->term,
                                    .client = app->client,
                                    .store = app->store,
                                    .paper = app->paper,
                                    .why_no_store = app->why_no_store,
                                    .random = random_bytes};
    int code = plain_run(&config, &io);
    return lines.ended_by > 0 ? 128 + lines.ended_by : code;
}

static int run(struct app *app)
{
    char why[128];
    if (!harden_begin()) {
        return fail(EX_OSERR, strerror(errno));
    }
    int code = prepare(app);
    if (code != EX_OK) {
        return code;
    }
    if (!app->options.atm) {
        app->paper = paper_folder_open(app->options.printer, NULL);
    }
    if (is_plain(&app->options)) {
        return run_plain(app);
    }
    app->term = term_open(
        &(struct term_config){.ascii = app->options.ascii, .theme = app->options.theme}, why);
    if (app->term == NULL) {
        return fail(EX_UNAVAILABLE, why);
    }
    const char *test = getenv("TELLER_TEST_IDLE");
    app->tells_idle = test != NULL && test[0] != '\0';
    if (app->kiosk.atm != NULL) {
        run_atm(app);
        return app->ended_by > 0 ? 128 + app->ended_by : EX_OK;
    }
    struct console_config config = {.term = app->term,
                                    .client = app->client,
                                    .store = app->store,
                                    .paper = app->paper,
                                    .why_no_store = app->why_no_store,
                                    .random = random_bytes};
    console_open(&app->console, &config, steady_ms(), wall_us());
    loop(app);
    console_close(&app->console);
    return app->ended_by > 0 ? 128 + app->ended_by : EX_OK;
}

int app_run(int count, char **arguments)
{
    struct app *app = calloc(1, sizeof *app);
    CHECK(app != NULL);
    int code = EX_OK;
    (void)setlocale(LC_ALL, "");
    options_read(&app->options, count, arguments);
    switch (app->options.want) {
    case OPTIONS_HELP:
        code = fputs(options_help, stdout) < 0 ? EX_IOERR : EX_OK;
        break;
    case OPTIONS_VERSION:
        code = puts("teller " TELLER_VERSION) < 0 ? EX_IOERR : EX_OK;
        break;
    case OPTIONS_WRONG:
        (void)fprintf(stderr, "teller: %s\nTry 'teller --help'.\n", app->options.why);
        code = EX_USAGE;
        break;
    case OPTIONS_RUN:
        code = run(app);
        break;
    }
    close_all(app);
    free(app);
    return code;
}
