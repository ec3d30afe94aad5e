#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit_code.h"
#include "remote.h"

/* Kubernetes' own servers wait as long. */
#define OPENING_SECONDS 30
#define IDLE_SECONDS (4 * 60 * 60)
#define TOKEN_SECONDS 60

#define ALL_VERSIONS                                                                              \
    (VERSION_BIT(REMOTE_V2) | VERSION_BIT(REMOTE_V3) | VERSION_BIT(REMOTE_V4) |                    \
     VERSION_BIT(REMOTE_V5))

enum long_only {
    OPT_BIND = 256,
    OPT_KEY,
    OPT_CERT,
    OPT_NAMESPACE,
    OPT_POD,
    OPT_CONTAINER,
    OPT_ALLOW,
    OPT_DIRECTORY,
    OPT_MAIN,
    OPT_ADMIN,
    OPT_PROTOCOL,
    OPT_NO_WEBSOCKET,
    OPT_OPENING_TIMEOUT,
    OPT_IDLE_TIMEOUT,
    OPT_TOKEN_LIFETIME
};

static const struct option LONG_OPTIONS[] = {
    {"bind", required_argument, NULL, OPT_BIND},
    {"key", required_argument, NULL, OPT_KEY},
    {"cert", required_argument, NULL, OPT_CERT},
    {"namespace", required_argument, NULL, OPT_NAMESPACE},
    {"pod", required_argument, NULL, OPT_POD},
    {"container", required_argument, NULL, OPT_CONTAINER},
    {"allow", required_argument, NULL, OPT_ALLOW},
    {"directory", required_argument, NULL, OPT_DIRECTORY},
    {"main", required_argument, NULL, OPT_MAIN},
    {"admin", required_argument, NULL, OPT_ADMIN},
    {"protocol", required_argument, NULL, OPT_PROTOCOL},
    {"no-websocket", no_argument, NULL, OPT_NO_WEBSOCKET},
    {"opening-timeout", required_argument, NULL, OPT_OPENING_TIMEOUT},
    {"idle-timeout", required_argument, NULL, OPT_IDLE_TIMEOUT},
    {"token-lifetime", required_argument, NULL, OPT_TOKEN_LIFETIME},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char USAGE[] = "Usage: kubestream [OPTION]... PORT\n";

static const char HELP[] =
    "Lets kubectl exec, attach, cp and port-forward into this machine, over SPDY/3.1.\n"
    "\n"
    "EVERYBODY WHO CAN CONNECT RUNS COMMANDS AS YOU: there is no authentication, and the\n"
    "\"pod\" is no container. It is an example; keep it on loopback, where it listens\n"
    "unless --bind says otherwise.\n"
    "\n"
    "PORT 0 lets the kernel choose a free port. Once clients can connect, one line\n"
    "\"kubestream: listening on ADDRESS:PORT\" goes to standard output. Then:\n"
    "  kubectl --server=http://127.0.0.1:PORT exec -it demo -- sh\n"
    "\n"
    "Where:\n"
    "      --bind ADDRESS         listen on this address (default: 127.0.0.1)\n"
    "      --key FILE             private key and certificate, PEM files (the latter may\n"
    "      --cert FILE            hold a chain): speak TLS\n"
    "      --admin PORT           make tokens for /exec/TOKEN, /attach/TOKEN and\n"
    "                             /portforward/TOKEN, the URLs of a container runtime, by\n"
    "                             a POST to /exec, /attach or /portforward on this port\n"
    "                             of 127.0.0.1. Its own line tells where it listens\n"
    "\n"
    "What:\n"
    "      --namespace NAME       where the pods are (default: default)\n"
    "      --pod NAME             answer to this name; may be repeated (default: demo)\n"
    "      --container NAME       name of the container in each pod (default: main)\n"
    "      --allow PROGRAM        run only this program; may be repeated (default: any)\n"
    "      --directory DIR        where commands start (default: the current one)\n"
    "      --main COMMAND         run this with sh, for kubectl attach\n"
    "\n"
    "How:\n"
    "      --protocol NAME        serve this version of remote commands, such as\n"
    "                             v4.channel.k8s.io; may be repeated (default: v5 to v2)\n"
    "      --no-websocket         refuse WebSocket for port forwarding too\n"
    "      --opening-timeout SECONDS\n"
    "                             how long a client may take to open all the streams of a\n"
    "                             command or of a forwarded connection (default 30)\n"
    "      --idle-timeout SECONDS close connections on which nothing moves (default 14400)\n"
    "      --token-lifetime SECONDS\n"
    "                             how long a token can be used (default 60)\n"
    "  -h, --help                 print this text\n"
    "\n"
    "Exit codes: 0 stopped by SIGTERM or SIGINT; 1 out of memory or other system resources,\n"
    "or the main process could not be started; 2 wrong command line; 3 cannot listen;\n"
    "4 private key or certificate not usable.\n";

static int usage_error(const char *problem, const char *argument)
{
    fprintf(stderr, "kubestream: %s%s%s\n%sTry \"kubestream --help\".\n", problem,
            argument ? ": " : "", argument ? argument : "", USAGE);
    return EXIT_USAGE;
}

static bool parse_number(const char *text, unsigned long max, unsigned long *value)
{
    char *end;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *value = strtoul(text, &end, 10);
    return errno == 0 && *end == '\0' && *value <= max;
}

static bool parse_port(const char *text, uint16_t *port)
{
    unsigned long number;

    if (!parse_number(text, UINT16_MAX, &number))
        return false;
    *port = (uint16_t)number;
    return true;
}

static bool parse_seconds(const char *text, unsigned *seconds)
{
    unsigned long number;

    if (!parse_number(text, INT_MAX, &number) || number == 0)
        return false;
    *seconds = (unsigned)number;
    return true;
}

static bool take_protocol(struct options *options, const char *name)
{
    int version = remote_version_of(name);

    if (version != 0)
        options->versions |= VERSION_BIT(version);
    return version != 0;
}

/* Takes one option; false when its argument makes no sense. */
static bool take_option(struct options *options, int option, const char *argument)
{
    switch (option) {
    case OPT_BIND:
        options->bind_address = argument;
        return true;
    case OPT_KEY:
        options->key_file = argument;
        return true;
    case OPT_CERT:
        options->cert_file = argument;
        return true;
    case OPT_NAMESPACE:
        options->namespace_name = argument;
        return true;
    case OPT_POD:
        options->pods[options->pod_count++] = argument;
        return true;
    case OPT_CONTAINER:
        options->container = argument;
        return true;
    case OPT_ALLOW:
        options->allowed[options->allowed_count++] = argument;
        return true;
    case OPT_DIRECTORY:
        options->directory = argument;
        return true;
    case OPT_MAIN:
        options->main_command = argument;
        return true;
    case OPT_ADMIN:
        options->admin = true;
        return parse_port(argument, &options->admin_port);
    case OPT_PROTOCOL:
        return take_protocol(options, argument);
    case OPT_NO_WEBSOCKET:
        options->websocket = false;
        return true;
    case OPT_OPENING_TIMEOUT:
        return parse_seconds(argument, &options->opening_timeout);
    case OPT_IDLE_TIMEOUT:
        return parse_seconds(argument, &options->idle_timeout);
    case OPT_TOKEN_LIFETIME:
        return parse_seconds(argument, &options->token_lifetime);
    default:
        return false;
    }
}

static int finish_parsing(struct options *options, int argc, char **argv)
{
    if (argc < 1)
        return usage_error("PORT is missing", NULL);
    if (argc > 1)
        return usage_error("too many arguments", argv[1]);
    if (!parse_port(argv[0], &options->port))
        return usage_error("PORT must be a number from 0 to 65535", argv[0]);
    if ((options->key_file == NULL) != (options->cert_file == NULL))
        return usage_error("--key and --cert go together", NULL);
    if (options->pod_count == 0)
        options->pods[options->pod_count++] = "demo";
    if (options->versions == 0)
        options->versions = ALL_VERSIONS;
    return OPTIONS_RUN;
}

int options_parse(struct options *options, int argc, char **argv)
{
    int option;

    *options = (struct options){
        .bind_address = "127.0.0.1",
        .namespace_name = "default",
        .container = "main",
        .opening_timeout = OPENING_SECONDS,
        .idle_timeout = IDLE_SECONDS,
        .token_lifetime = TOKEN_SECONDS,
        .websocket = true,
        /* No list can be longer than the command line, and the default fits too. */
        .pods = calloc((size_t)argc + 1, sizeof(*options->pods)),
        .allowed = calloc((size_t)argc + 1, sizeof(*options->allowed)),
    };
    if (options->pods == NULL || options->allowed == NULL)
        return EXIT_RUNTIME;
    while ((option = getopt_long(argc, argv, "h", LONG_OPTIONS, NULL)) != -1) {
        if (option == 'h') {
            printf("%s\n%s", USAGE, HELP);
            return EXIT_CLEAN;
        }
        if (option == '?') {
            fprintf(stderr, "%sTry \"kubestream --help\".\n", USAGE);
            return EXIT_USAGE;
        }
        if (!take_option(options, option, optarg))
            return usage_error("not a usable value", optarg);
    }
    return finish_parsing(options, argc - optind, argv + optind);
}

void options_clear(struct options *options)
{
    free(options->pods);
    free(options->allowed);
}
