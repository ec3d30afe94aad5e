#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spdylay/spdylay.h>

#include "exit_code.h"

#define ALL_VERSIONS                                                                              \
    (VERSION_BIT(SPDYLAY_PROTO_SPDY2) | VERSION_BIT(SPDYLAY_PROTO_SPDY3) |                         \
     VERSION_BIT(SPDYLAY_PROTO_SPDY3_1))

#define MAX_WORKERS 256

enum long_only {
    OPT_SPDY3_1 = 256,
    OPT_NO_TLS,
    OPT_COLOR,
    OPT_BIND,
    OPT_WORKERS,
    OPT_MAX_BODY,
    OPT_IDLE_TIMEOUT,
    OPT_SHUTDOWN_TIMEOUT,
    OPT_ACCESS_LOG
};

static const struct option LONG_OPTIONS[] = {
    {"daemon", no_argument, NULL, 'D'},
    {"htdocs", required_argument, NULL, 'd'},
    {"verbose", no_argument, NULL, 'v'},
    {"verify-client", no_argument, NULL, 'V'},
    {"spdy2", no_argument, NULL, '2'},
    {"spdy3", no_argument, NULL, '3'},
    {"spdy3-1", no_argument, NULL, OPT_SPDY3_1},
    {"no-tls", no_argument, NULL, OPT_NO_TLS},
    {"color", no_argument, NULL, OPT_COLOR},
    {"bind", required_argument, NULL, OPT_BIND},
    {"workers", required_argument, NULL, OPT_WORKERS},
    {"max-body", required_argument, NULL, OPT_MAX_BODY},
    {"idle-timeout", required_argument, NULL, OPT_IDLE_TIMEOUT},
    {"shutdown-timeout", required_argument, NULL, OPT_SHUTDOWN_TIMEOUT},
    {"access-log", required_argument, NULL, OPT_ACCESS_LOG},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char USAGE[] =
    "Usage: spdyd [-23DVhv] [--spdy3-1] [--no-tls] [-d DIR] [OPTION]... PORT [PRIVATE_KEY CERT]\n";

static const char HELP[] =
    "Serves the files of a folder over SPDY/2, SPDY/3 and SPDY/3.1.\n"
    "\n"
    "PORT 0 lets the kernel choose a free port. Once clients can connect, one line\n"
    "\"spdyd: listening on ADDRESS:PORT\" goes to standard output. PRIVATE_KEY and CERT\n"
    "are PEM files (CERT may hold a chain); they are needed unless --no-tls is given.\n"
    "\n"
    "Where and what:\n"
    "  -d, --htdocs DIR           serve this folder (default: the current one)\n"
    "      --bind ADDRESS         listen on this address only (default: all addresses of\n"
    "                             the machine, IPv4 and IPv6; 127.0.0.1 keeps it private)\n"
    "      --max-body SIZE        largest POST body; K, M and G are understood (default 1G)\n"
    "\n"
    "Protocol:\n"
    "  -2, --spdy2                offer SPDY/2\n"
    "  -3, --spdy3                offer SPDY/3\n"
    "      --spdy3-1              offer SPDY/3.1; the three add up (default: all of them)\n"
    "      --no-tls               plain TCP; takes the newest version offered, for nothing\n"
    "                             negotiates (default SPDY/3.1)\n"
    "  -V, --verify-client        require a client certificate and name its subject in the\n"
    "                             log. It proves that the client holds the key; who signed\n"
    "                             the certificate is not checked\n"
    "\n"
    "Running:\n"
    "  -D, --daemon               go to the background, to \"/\"; needs -d\n"
    "      --workers N            threads (default: one per processor)\n"
    "      --idle-timeout SECONDS\n"
    "                             close connections on which nothing moves for so long;\n"
    "                             0 never does (default 60)\n"
    "      --shutdown-timeout SECONDS\n"
    "                             how long SIGTERM and SIGINT let running transfers go on\n"
    "                             (default 10); a second signal cuts them at once\n"
    "      --access-log FILE      append one line per request; - is standard output.\n"
    "                             SIGHUP opens the file anew, for log rotation\n"
    "  -v, --verbose              print every frame to standard output\n"
    "      --color                colour that output even when it is not a terminal\n"
    "  -h, --help                 print this text\n"
    "\n"
    "Requests: GET and HEAD (with Range, If-Range and the other conditions), POST to any\n"
    "path answers with the size and SHA-256 of what was received.\n"
    "\n"
    "Exit codes: 0 stopped by SIGTERM or SIGINT; 1 out of memory or other system resources;\n"
    "2 wrong command line; 3 cannot listen; 4 private key or certificate not usable;\n"
    "5 folder not usable; 6 access log not writable.\n";

static int usage_error(const char *problem, const char *argument)
{
    fprintf(stderr, "spdyd: %s%s%s\n%sTry \"spdyd --help\".\n", problem, argument ? ": " : "",
            argument ? argument : "", USAGE);
    return EXIT_USAGE;
}

/* strtoull() alone takes blanks, signs and trailing garbage. */
static bool parse_number(const char *text, uint64_t max, uint64_t *value, const char **end)
{
    char *stop;
    unsigned long long number;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    number = strtoull(text, &stop, 10);
    if (errno != 0 || number > max)
        return false;
    *value = number;
    *end = stop;
    return true;
}

static bool parse_whole_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
    const char *end;

    return parse_number(text, max, value, &end) && *end == '\0' && *value >= min;
}

static bool parse_size(const char *text, uint64_t *value)
{
    const char *end;
    unsigned shift = 0;

    if (!parse_number(text, INT64_MAX, value, &end))
        return false;
    switch (*end) {
    case 'K':
    case 'k':
        shift = 10;
        break;
    case 'M':
    case 'm':
        shift = 20;
        break;
    case 'G':
    case 'g':
        shift = 30;
        break;
    default:
        break;
    }
    if (shift != 0)
        end++;
    if (*end != '\0' || *value > (uint64_t)INT64_MAX >> shift)
        return false;
    *value <<= shift;
    return true;
}

static bool parse_unsigned(const char *text, unsigned min, unsigned max, unsigned *value)
{
    uint64_t number;

    if (!parse_whole_number(text, min, max, &number))
        return false;
    *value = (unsigned)number;
    return true;
}

static unsigned processor_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : count > MAX_WORKERS ? MAX_WORKERS : (unsigned)count;
}

/* Takes one option; false when its argument is not understood. */
static bool take_option(struct options *options, int option, const char *argument)
{
    switch (option) {
    case 'D':
        options->daemon = true;
        return true;
    case 'd':
        options->htdocs = argument;
        return true;
    case 'v':
        options->verbose = true;
        return true;
    case 'V':
        options->verify_client = true;
        return true;
    case '2':
        options->versions |= VERSION_BIT(SPDYLAY_PROTO_SPDY2);
        return true;
    case '3':
        options->versions |= VERSION_BIT(SPDYLAY_PROTO_SPDY3);
        return true;
    case OPT_SPDY3_1:
        options->versions |= VERSION_BIT(SPDYLAY_PROTO_SPDY3_1);
        return true;
    case OPT_NO_TLS:
        options->tls = false;
        return true;
    case OPT_COLOR:
        options->color = true;
        return true;
    case OPT_BIND:
        options->bind_address = argument;
        return true;
    case OPT_WORKERS:
        return parse_unsigned(argument, 1, MAX_WORKERS, &options->workers);
    case OPT_MAX_BODY:
        return parse_size(argument, &options->max_body);
    case OPT_IDLE_TIMEOUT:
        return parse_unsigned(argument, 0, INT_MAX, &options->idle_timeout);
    case OPT_SHUTDOWN_TIMEOUT:
        return parse_unsigned(argument, 0, INT_MAX, &options->shutdown_timeout);
    case OPT_ACCESS_LOG:
        options->access_log = argument;
        return true;
    default:
        return false;
    }
}

int options_parse(struct options *options, int argc, char **argv)
{
    uint64_t port;
    int option;

    *options = (struct options){
        .max_body = UINT64_C(1) << 30,
        .workers = processor_count(),
        .idle_timeout = 60,
        .shutdown_timeout = 10,
        .tls = true,
        .color = isatty(STDOUT_FILENO) == 1,
    };

    while ((option = getopt_long(argc, argv, "Dd:vV23h", LONG_OPTIONS, NULL)) != -1) {
        if (option == 'h') {
            printf("%s\n%s", USAGE, HELP);
            return EXIT_CLEAN;
        }
        if (option == '?') {
            fprintf(stderr, "%sTry \"spdyd --help\".\n", USAGE);
            return EXIT_USAGE;
        }
        if (!take_option(options, option, optarg))
            return usage_error("not a usable number", optarg);
    }

    argc -= optind;
    argv += optind;
    if (argc < 1)
        return usage_error("PORT is missing", NULL);
    if (!parse_whole_number(argv[0], 0, UINT16_MAX, &port))
        return usage_error("PORT must be a number from 0 to 65535", argv[0]);
    options->port = (uint16_t)port;
    if (options->tls && argc < 3)
        return usage_error("PRIVATE_KEY and CERT are needed unless --no-tls is given", NULL);
    if (argc > 3)
        return usage_error("too many arguments", argv[3]);
    if (options->tls) {
        options->key_file = argv[1];
        options->cert_file = argv[2];
    }
    if (options->daemon && options->htdocs == NULL)
        return usage_error("--daemon needs -d, for it leaves the current folder", NULL);
    if (options->htdocs == NULL)
        options->htdocs = ".";
    if (options->versions == 0)
        options->versions = ALL_VERSIONS;
    return OPTIONS_RUN;
}

uint16_t options_plain_version(const struct options *options)
{
    if (options->versions & VERSION_BIT(SPDYLAY_PROTO_SPDY3_1))
        return SPDYLAY_PROTO_SPDY3_1;
    if (options->versions & VERSION_BIT(SPDYLAY_PROTO_SPDY3))
        return SPDYLAY_PROTO_SPDY3;
    return SPDYLAY_PROTO_SPDY2;
}
