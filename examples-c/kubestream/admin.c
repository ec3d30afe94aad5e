#define _GNU_SOURCE
#include "admin.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <http_parser.h>
#include <jansson.h>

#include "grant.h"
#include "http.h"
#include "request.h"
#include "server.h"
#include "status.h"
#include "token.h"

static bool take_words(const json_t *words, struct remote_request *remote)
{
    size_t count = json_array_size(words);

    if (!remote_request_alloc(remote, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *word = json_string_value(json_array_get(words, i));

        remote->argv[i] = word != NULL ? strdup(word) : NULL;
        if (remote->argv[i] == NULL)
            return false;
    }
    return true;
}

static bool flag(const json_t *order, const char *name)
{
    return json_is_true(json_object_get(order, name));
}

static void make_token(struct http *http, struct grant *grant)
{
    struct server *server = http_server(http);
    char text[TOKEN_LENGTH + 1];
    char answer[160];

    if (!token_make(server->tokens, grant, text)) {
        char header[32];

        snprintf(header, sizeof(header), "Retry-After: %u\r\n", server->options.token_lifetime);
        http_refuse_with(http, &TOO_MANY_REQUESTS, header,
                         "too many tokens have not been used yet");
        return;
    }
    snprintf(answer, sizeof(answer), "{\"url\":\"%s://%s/%s/%s\"}",
             server->tls != NULL ? "https" : "http", server->where, verb_name(grant->verb), text);
    http_answer(http, 200, "", answer);
}

/* {"command":[WORD...],"stdin":BOOL,"stdout":BOOL,"stderr":BOOL,"tty":BOOL}; the command only for
 * exec, and nothing of it for port forwarding. */
static void take_order(struct http *http, const json_t *order, enum verb verb)
{
    struct grant grant = {.verb = verb,
                          .request = {.tty = flag(order, "tty"),
                                      .in = flag(order, "stdin"),
                                      .out = flag(order, "stdout"),
                                      .err = flag(order, "stderr")}};
    const char *problem = NULL;

    if (verb == VERB_EXEC && !take_words(json_object_get(order, "command"), &grant.request))
        problem = "the command must be an array of strings";
    else if (verb != VERB_PORT_FORWARD)
        problem = remote_request_problem(&grant.request);
    if (problem != NULL)
        http_refuse(http, &BAD_REQUEST, problem);
    else
        make_token(http, &grant);
    remote_request_clear(&grant.request);
}

void admin_handle(struct http *http, const struct request *request)
{
    const char *body = (const char *)evbuffer_pullup(request->body, -1);
    enum verb verb;
    json_t *order;

    if (!verb_find(request->path + 1, &verb)) {
        http_refuse(http, &NOT_FOUND, "there are /exec, /attach and /portforward");
        return;
    }
    if (request->method != HTTP_POST) {
        http_refuse(http, &METHOD_NOT_ALLOWED, "use POST");
        return;
    }
    order = body != NULL ? json_loadb(body, evbuffer_get_length(request->body), 0, NULL)
                         : json_object();
    if (json_is_object(order))
        take_order(http, order, verb);
    else
        http_refuse(http, &BAD_REQUEST, "the body must be a JSON object");
    json_decref(order);
}
