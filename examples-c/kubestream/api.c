#define _GNU_SOURCE
#include "api.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <http_parser.h>
#include <jansson.h>

#include "grant.h"
#include "http.h"
#include "request.h"
#include "server.h"
#include "status.h"
#include "streaming.h"
#include "token.h"

#define NAMESPACES "/api/v1/namespaces/"

struct discovery {
    const char *path;
    const char *answer;
};

static const struct discovery DISCOVERY[] = {
    {"/api", "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}"},
    {"/apis", "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[]}"},
    {"/api/v1", "{\"kind\":\"APIResourceList\",\"groupVersion\":\"v1\",\"resources\":[{\"name\":"
                "\"pods\",\"singularName\":\"pod\",\"namespaced\":true,\"kind\":\"Pod\",\"verbs\":"
                "[\"get\"]}]}"},
};

static void answer_pod(struct http *http, const char *name)
{
    const struct options *options = &http_server(http)->options;
    json_t *pod = json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:[{s:s, s:b}]}, s:{s:s}}", "kind", "Pod",
                            "apiVersion", "v1", "metadata", "name", name, "namespace",
                            options->namespace_name, "spec", "containers", "name",
                            options->container, "stdin", 1, "status", "phase", "Running");
    char *text = pod != NULL ? json_dumps(pod, JSON_COMPACT) : NULL;

    json_decref(pod);
    if (text != NULL)
        http_answer(http, 200, "", text);
    else
        http_refuse(http, &INTERNAL_ERROR, "no memory for the pod");
    free(text);
}

static bool is_pod(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->pod_count; i++) {
        if (strcmp(options->pods[i], name) == 0)
            return true;
    }
    return false;
}

/* The words of the command are the parameters of that name, in their order. */
static bool take_command(const struct request *request, struct remote_request *remote)
{
    const struct evkeyval *parameter;
    size_t words = 0;

    TAILQ_FOREACH(parameter, &request->query, next)
    words += strcmp(parameter->key, "command") == 0;
    if (!remote_request_alloc(remote, words))
        return false;
    words = 0;
    TAILQ_FOREACH(parameter, &request->query, next)
    {
        if (strcmp(parameter->key, "command") != 0)
            continue;
        remote->argv[words] = strdup(parameter->value);
        if (remote->argv[words++] == NULL)
            return false;
    }
    return true;
}

static void stream_pod(struct http *http, const struct request *request, enum verb verb)
{
    struct grant grant = {.verb = verb,
                          .request = {.tty = request_flag(request, "tty"),
                                      .in = request_flag(request, "stdin"),
                                      .out = request_flag(request, "stdout"),
                                      .err = request_flag(request, "stderr")}};

    if (verb == VERB_EXEC && !take_command(request, &grant.request)) {
        remote_request_clear(&grant.request);
        http_refuse(http, &INTERNAL_ERROR, "no memory for the command");
        return;
    }
    streaming_start(http, request, &grant);
}

/* /NAMESPACE/pods/NAME, with /VERB behind it or not. */
static void handle_pod(struct http *http, const struct request *request, const char *path)
{
    const struct options *options = &http_server(http)->options;
    char namespace_name[64];
    char name[254]; /* the longest that a Kubernetes object may have, and a NUL */
    char last[16] = "";
    char message[400];
    enum verb verb = VERB_EXEC;
    int used = 0;
    int parts = sscanf(path, "%63[^/]/pods/%253[^/]%n/%15[^/]%n", namespace_name, name, &used,
                       last, &used);

    if (parts < 2 || path[used] != '\0' || (parts == 3 && !verb_find(last, &verb))) {
        http_refuse(http, &NOT_FOUND, "the server could not find the requested resource");
    } else if (strcmp(namespace_name, options->namespace_name) != 0 || !is_pod(options, name)) {
        snprintf(message, sizeof(message), "pods \"%s\" not found", name);
        http_refuse(http, &NOT_FOUND, message);
    } else if (parts == 3) {
        stream_pod(http, request, verb);
    } else if (request->method != HTTP_GET) {
        http_refuse(http, &METHOD_NOT_ALLOWED, "pods can only be read here");
    } else {
        answer_pod(http, name);
    }
}

static bool answer_discovery(struct http *http, const struct request *request)
{
    for (size_t i = 0; i < sizeof(DISCOVERY) / sizeof(*DISCOVERY); i++) {
        if (request->method == HTTP_GET && strcmp(request->path, DISCOVERY[i].path) == 0) {
            http_answer(http, 200, "", DISCOVERY[i].answer);
            return true;
        }
    }
    return false;
}

/* /VERB/TOKEN, as a container runtime has them. What is to be done was said when the token was
 * made, and nothing in the request can change it. */
static bool handle_token(struct http *http, const struct request *request)
{
    char first[16];
    char text[TOKEN_LENGTH + 1];
    int used = 0;
    enum verb verb;
    struct grant grant;

    if (sscanf(request->path, "/%15[a-z]/%8[A-Za-z0-9_-]%n", first, text, &used) != 2 ||
        request->path[used] != '\0' || !verb_find(first, &verb))
        return false;
    if (token_redeem(http_server(http)->tokens, text, verb, &grant))
        streaming_start(http, request, &grant);
    else
        http_refuse(http, &NOT_FOUND, "no such token: unknown, used before, or too old");
    return true;
}

void api_handle(struct http *http, const struct request *request)
{
    if (answer_discovery(http, request) || handle_token(http, request))
        return;
    if (strncmp(request->path, NAMESPACES, strlen(NAMESPACES)) == 0)
        handle_pod(http, request, request->path + strlen(NAMESPACES));
    else
        http_refuse(http, &NOT_FOUND, "the server could not find the requested resource");
}
