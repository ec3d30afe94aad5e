#define _GNU_SOURCE
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>

bool request_init(struct request *request)
{
    *request = (struct request){.body = evbuffer_new()};
    TAILQ_INIT(&request->query);
    TAILQ_INIT(&request->headers);
    return request->body != NULL;
}

void request_clear(struct request *request)
{
    free(request->path);
    evhttp_clear_headers(&request->query);
    evhttp_clear_headers(&request->headers);
    if (request->body != NULL)
        evbuffer_free(request->body);
    request->path = NULL;
    request->body = NULL;
}

bool request_set_target(struct request *request, char *target)
{
    char *query = strchr(target, '?');

    /* A NUL would cut a word of a command short. */
    if (target[0] != '/' || strstr(target, "%00") != NULL)
        return false;
    if (query != NULL)
        *query++ = '\0';
    request->path = strdup(target);
    return request->path != NULL &&
           (query == NULL || *query == '\0' || evhttp_parse_query_str(query, &request->query) == 0);
}

const char *request_parameter(const struct request *request, const char *name)
{
    return evhttp_find_header(&request->query, name);
}

const char *request_header(const struct request *request, const char *name)
{
    return evhttp_find_header(&request->headers, name);
}

bool request_flag(const struct request *request, const char *name)
{
    const char *value = request_parameter(request, name);

    return value != NULL && (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

bool request_header_has(const struct request *request, const char *name, const char *word)
{
    const char *value = request_header(request, name);

    return value != NULL && strcasestr(value, word) != NULL;
}
