#define _GNU_SOURCE
#include "streaming.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <http_parser.h>

#include "command.h"
#include "connection.h"
#include "forward.h"
#include "grant.h"
#include "http.h"
#include "request.h"
#include "server.h"
#include "service.h"
#include "status.h"
#include "websocket.h"
#include "workload.h"

#define MAX_HEADERS 512

/* Decides about one protocol that the client offers. */
typedef bool (*acceptable)(const struct options *options, const char *name, size_t length);

static bool names_equal(const char *name, const char *other, size_t length)
{
    return strlen(name) == length && strncasecmp(name, other, length) == 0;
}

/* The version of the remote command protocol with a name that need not end with a NUL. */
static int served_version(const struct options *options, const char *name, size_t length)
{
    for (int version = REMOTE_V5; version >= REMOTE_V2; version--) {
        if ((options->versions & VERSION_BIT(version)) &&
            names_equal(remote_version_name((enum remote_version)version), name, length))
            return version;
    }
    return 0;
}

static bool is_served_version(const struct options *options, const char *name, size_t length)
{
    return served_version(options, name, length) != 0;
}

static bool is_forwarding(const struct options *options, const char *name, size_t length)
{
    (void)options;
    return names_equal(FORWARD_PROTOCOL, name, length);
}

/* The first entry of a comma-separated list that is acceptable; NULL if there is none. */
static const char *choose_from(const char *list, size_t *length, acceptable is_acceptable,
                               const struct options *options)
{
    while (*list != '\0') {
        list += strspn(list, ", \t");
        *length = strcspn(list, ", \t");
        if (*length > 0 && is_acceptable(options, list, *length))
            return list;
        list += *length;
    }
    return NULL;
}

/* The first of the client's protocols that is acceptable: clients offer their best first, on a line
 * each or with commas between. */
static const char *choose_protocol(const struct request *request, size_t *length,
                                   acceptable is_acceptable, const struct options *options)
{
    const struct evkeyval *header;

    TAILQ_FOREACH(header, &request->headers, next)
    {
        const char *chosen = NULL;

        if (strcasecmp(header->key, "X-Stream-Protocol-Version") == 0)
            chosen = choose_from(header->value, length, is_acceptable, options);
        if (chosen != NULL)
            return chosen;
    }
    return NULL;
}

static void refuse_protocol(struct http *http, const struct request *request, bool forwarding)
{
    const struct options *options = &http_server(http)->options;
    char headers[MAX_HEADERS] = "";
    size_t used = 0;

    if (request_header(request, "X-Stream-Protocol-Version") == NULL) {
        http_refuse(http, &BAD_REQUEST,
                    "Upgrade request required: no X-Stream-Protocol-Version header");
        return;
    }
    if (forwarding)
        snprintf(headers, sizeof(headers), "X-Accepted-Stream-Protocol-Versions: %s\r\n",
                 FORWARD_PROTOCOL);
    for (int version = REMOTE_V5; !forwarding && version >= REMOTE_V2; version--) {
        if (options->versions & VERSION_BIT(version))
            used += (size_t)snprintf(headers + used, sizeof(headers) - used,
                                     "X-Accepted-Stream-Protocol-Versions: %s\r\n",
                                     remote_version_name((enum remote_version)version));
    }
    http_refuse_with(http, &FORBIDDEN, headers, "no protocol that you offer is served");
}

/* The 101 of a SPDY upgrade. */
static struct bufferevent *switch_to_spdy(struct http *http, const char *protocol)
{
    char headers[MAX_HEADERS];

    snprintf(headers, sizeof(headers), "Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: %s\r\n",
             protocol);
    return http_switch_protocols(http, headers);
}

static bool is_command_allowed(const struct options *options, const char *program)
{
    for (size_t i = 0; i < options->allowed_count; i++) {
        if (strcmp(options->allowed[i], program) == 0)
            return true;
    }
    return options->allowed_count == 0;
}

/* Whether the grant can be carried out at all. */
static bool is_feasible(struct http *http, const struct grant *grant)
{
    const struct server *server = http_server(http);
    const char *problem =
        grant->verb != VERB_PORT_FORWARD ? remote_request_problem(&grant->request) : NULL;

    if (problem != NULL) {
        http_refuse(http, &BAD_REQUEST, problem);
        return false;
    }
    if (grant->verb == VERB_EXEC &&
        !is_command_allowed(&server->options, grant->request.argv[0])) {
        http_refuse(http, &FORBIDDEN, "this server does not run that command");
        return false;
    }
    if (grant->verb == VERB_ATTACH && !workload_is_running(server->workload)) {
        http_refuse(http, &BAD_REQUEST, "the container has no running main process");
        return false;
    }
    return true;
}

static void start_command(struct http *http, const struct request *request, struct grant *grant)
{
    struct server *server = http_server(http);
    size_t length;
    const char *chosen = choose_protocol(request, &length, is_served_version, &server->options);
    enum remote_version version;
    struct command *command;

    if (chosen == NULL) {
        refuse_protocol(http, request, false);
        return;
    }
    version = (enum remote_version)served_version(&server->options, chosen, length);
    command = command_new(server, &grant->request, version);
    if (command == NULL)
        http_refuse(http, &INTERNAL_ERROR, "no memory for a command");
    else
        connection_open(server, switch_to_spdy(http, remote_version_name(version)), false,
                        &COMMAND_SERVICE, command);
}

static void start_forwarding(struct http *http, const struct request *request)
{
    struct server *server = http_server(http);
    size_t length;
    struct forward *forward;

    if (choose_protocol(request, &length, is_forwarding, &server->options) == NULL) {
        refuse_protocol(http, request, true);
        return;
    }
    forward = forward_new(server);
    if (forward == NULL)
        http_refuse(http, &INTERNAL_ERROR, "no memory for port forwarding");
    else
        connection_open(server, switch_to_spdy(http, FORWARD_PROTOCOL), false, &FORWARD_SERVICE,
                        forward);
}

/* WebSocket is served only as a tunnel for SPDY. A client that wants it for commands falls back to
 * SPDY when it is refused. */
static void start_tunnel(struct http *http, const struct request *request, enum verb verb)
{
    struct server *server = http_server(http);
    char headers[MAX_HEADERS];
    struct forward *forward;

    if (verb != VERB_PORT_FORWARD || !server->options.websocket ||
        !websocket_accept(request, "SPDY/3.1+" FORWARD_PROTOCOL, headers, sizeof(headers))) {
        http_refuse(http, &FORBIDDEN, "this server speaks SPDY/3.1 here, not WebSocket");
        return;
    }
    forward = forward_new(server);
    if (forward == NULL)
        http_refuse(http, &INTERNAL_ERROR, "no memory for port forwarding");
    else
        connection_open(server, http_switch_protocols(http, headers), true, &FORWARD_SERVICE,
                        forward);
}

void streaming_start(struct http *http, const struct request *request, struct grant *grant)
{
    if (request->method != HTTP_GET && request->method != HTTP_POST)
        http_refuse(http, &METHOD_NOT_ALLOWED, "use GET or POST");
    else if (!request->upgrade)
        http_refuse(http, &BAD_REQUEST, "Upgrade request required");
    else if (!is_feasible(http, grant))
        ; /* and refused */
    else if (request_header_has(request, "Upgrade", "websocket"))
        start_tunnel(http, request, grant->verb);
    else if (!request_header_has(request, "Upgrade", "SPDY/3.1"))
        http_refuse(http, &BAD_REQUEST, "Upgrade to SPDY/3.1 required");
    else if (grant->verb == VERB_PORT_FORWARD)
        start_forwarding(http, request);
    else
        start_command(http, request, grant);
    remote_request_clear(&grant->request);
}
