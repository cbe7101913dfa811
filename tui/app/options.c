#include "app/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_TCP "tcp://127.0.0.1:5555"
#define IPC_PATH_MAX 107 /* sun_path holds no more */

const char options_help[] =
    "Usage: teller [--connect ENDPOINT] [--key-file FILE] [--data DIR] [--ascii]\n"
    "              [--theme THEME] [--printer COMMAND] [--plain | --atm]\n"
    "\n"
    "The teller's console of a bank that tellerd keeps.\n"
    "\n"
    "  --connect ENDPOINT  where the daemon is: ipc://PATH or tcp://HOST:PORT\n"
    "                      (default: ipc://DIR/teller.sock, else " DEFAULT_TCP ")\n"
    "  --key-file FILE     the API key to sign in with\n"
    "                      (default: DIR/admin.key when it can be read, else it is asked for)\n"
    "  --data DIR          the daemon's folder\n"
    "                      (default: $XDG_DATA_HOME/teller; for root /var/lib/teller)\n"
    "  --ascii             draw with ASCII only; so it is where the locale is not UTF-8\n"
    "  --printer COMMAND   receipts and statements go to its standard input; without it, into\n"
    "                      files of the folder the console was started in\n"
    "  --theme THEME       default, high-contrast or mono (no colours)\n"
    "  --plain             lines instead of screens: for pipes and dumb terminals, and by\n"
    "                      itself where input or output is none, or TERM is dumb\n"
    "  --atm               be a cash machine: needs --key-file with a key of the role atm;\n"
    "                      only the key of a teller or an admin ends it (^C at its start)\n"
    "  --help, --version\n"
    "\n"
    "TELLER_CONNECT, TELLER_KEY_FILE, TELLER_DATA and TELLER_PRINTER stand for the flags of\n"
    "their names.\n"
    "NO_COLOR switches colours off. Inside, ? shows the keys.\n";

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool default_data(char out[OPTIONS_PATH_MAX])
{
    const char *data = from_environment("XDG_DATA_HOME");
    const char *home = from_environment("HOME");
    int size;
    if (geteuid() == 0) {
        size = snprintf(out, OPTIONS_PATH_MAX, "/var/lib/teller");
    } else if (data != NULL) {
        size = snprintf(out, OPTIONS_PATH_MAX, "%s/teller", data);
    } else {
        size = snprintf(out, OPTIONS_PATH_MAX, "%s/.local/share/teller", home != NULL ? home : "");
    }
    return size > 0 && size < OPTIONS_PATH_MAX;
}

static void wrong(struct options *options, const char *why, const char *what)
{
    options->want = OPTIONS_WRONG;
    (void)snprintf(options->why, sizeof options->why, "%s%s", why, what);
}

static void set_data(struct options *options, const char *data)
{
    int size = snprintf(options->data, sizeof options->data, "%s", data);
    if (size <= 0 || size >= OPTIONS_PATH_MAX) {
        wrong(options, "--data names no folder", "");
    }
}

static void set_theme(struct options *options, const char *name)
{
    static const char *const names[] = {[TERM_THEME_DEFAULT] = "default",
                                        [TERM_THEME_HIGH_CONTRAST] = "high-contrast",
                                        [TERM_THEME_MONO] = "mono"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            options->theme = (enum term_theme)i;
            return;
        }
    }
    wrong(options, "--theme is default, high-contrast or mono, not ", name);
}

static void take_environment(struct options *options)
{
    options->connect = from_environment("TELLER_CONNECT");
    options->key_file = from_environment("TELLER_KEY_FILE");
    options->printer = from_environment("TELLER_PRINTER");
    const char *data = from_environment("TELLER_DATA");
    if (data != NULL) {
        set_data(options, data);
    } else if (!default_data(options->data)) {
        wrong(options, "the default data folder has too long a name", "");
    }
}

void options_read(struct options *options, int count, char **arguments)
{
    static const struct option known[] = {{"connect", required_argument, NULL, 'c'},
                                          {"key-file", required_argument, NULL, 'k'},
                                          {"data", required_argument, NULL, 'd'},
                                          {"ascii", no_argument, NULL, 'a'},
                                          {"theme", required_argument, NULL, 't'},
                                          {"printer", required_argument, NULL, 'P'},
                                          {"plain", no_argument, NULL, 'p'},
                                          {"atm", no_argument, NULL, 'm'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {0}};
    *options = (struct options){.want = OPTIONS_RUN};
    take_environment(options);
    optind = 1;
    opterr = 0;
    for (;;) {
        int flag = getopt_long(count, arguments, ":h", known, NULL);
        switch (flag) {
        case -1:
            if (optind < count && options->want == OPTIONS_RUN) {
                wrong(options, "unexpected argument: ", arguments[optind]);
            }
            return;
        case 'c':
            options->connect = optarg;
            break;
        case 'k':
            options->key_file = optarg;
            break;
        case 'd':
            set_data(options, optarg);
            break;
        case 'a':
            options->ascii = true;
            break;
        case 't':
            set_theme(options, optarg);
            break;
        case 'P':
            options->printer = optarg;
            break;
        case 'p':
            options->plain = true;
            break;
        case 'm':
            options->atm = true;
            break;
        case 'h':
            options->want = OPTIONS_HELP;
            return;
        case 'v':
            options->want = OPTIONS_VERSION;
            return;
        default:
            wrong(options, flag == ':' ? "an argument is missing behind " : "unknown flag: ",
                  arguments[optind - 1]);
            return;
        }
    }
}

void options_endpoint(const struct options *options, char out[OPTIONS_PATH_MAX])
{
    struct stat status;
    char path[OPTIONS_PATH_MAX + 16];
    if (options->connect != NULL) {
        (void)snprintf(out, OPTIONS_PATH_MAX, "%s", options->connect);
        return;
    }
    int size = snprintf(path, sizeof path, "%s/teller.sock", options->data);
    if (size <= IPC_PATH_MAX && stat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        (void)snprintf(out, OPTIONS_PATH_MAX, "ipc://%.4000s", path);
    } else {
        (void)snprintf(out, OPTIONS_PATH_MAX, "%s", DEFAULT_TCP);
    }
}

bool options_state_folder(char out[OPTIONS_PATH_MAX])
{
    const char *state = from_environment("XDG_STATE_HOME");
    const char *home = from_environment("HOME");
    int size = -1;
    if (state != NULL) {
        size = snprintf(out, OPTIONS_PATH_MAX, "%s/teller", state);
    } else if (home != NULL) {
        size = snprintf(out, OPTIONS_PATH_MAX, "%s/.local/state/teller", home);
    }
    return size > 0 && size < OPTIONS_PATH_MAX;
}

/* The first line, without blanks at its ends; printable ASCII only. */
static bool read_key(int fd, char out[OPTIONS_KEY_MAX + 1])
{
    char text[OPTIONS_KEY_MAX + 64];
    ssize_t size = read(fd, text, sizeof text - 1);
    if (size < 0) {
        return false;
    }
    text[size] = '\0';
    char *start = text + strspn(text, " \t\r\n");
    size_t length = strcspn(start, " \t\r\n");
    bool sound = length > 0 && length <= OPTIONS_KEY_MAX;
    for (size_t i = 0; i < length && sound; i++) {
        sound = start[i] > 0x20 && start[i] < 0x7f;
    }
    if (sound) {
        memcpy(out, start, length);
        out[length] = '\0';
    }
    explicit_bzero(text, sizeof text);
    return sound;
}

enum options_key options_key(const struct options *options, char out[OPTIONS_KEY_MAX + 1],
                             char why[OPTIONS_WHY_MAX])
{
    char path[OPTIONS_PATH_MAX + 16];
    const char *named = options->key_file;
    (void)snprintf(path, sizeof path, "%s/admin.key", options->data);
    int fd = open(named != NULL ? named : path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        (void)snprintf(why, OPTIONS_WHY_MAX, "cannot read the key file %.300s: %.80s",
                       named != NULL ? named : path, strerror(errno));
        return named != NULL ? OPTIONS_KEY_WRONG : OPTIONS_KEY_NONE;
    }
    bool found = read_key(fd, out);
    (void)close(fd);
    if (found) {
        return OPTIONS_KEY_FOUND;
    }
    (void)snprintf(why, OPTIONS_WHY_MAX, "there is no key in %.300s", named != NULL ? named : path);
    return named != NULL ? OPTIONS_KEY_WRONG : OPTIONS_KEY_NONE;
}
