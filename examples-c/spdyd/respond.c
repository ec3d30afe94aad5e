#define _POSIX_C_SOURCE 200809L
#include "respond.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <spdylay/spdylay.h>

#include "connection.h"
#include "stream.h"

static const struct {
    int status;
    const char *text;
} REASONS[] = {
    {200, "OK"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {416, "Range Not Satisfiable"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

static const char *reason(int status)
{
    for (size_t i = 0; i < sizeof(REASONS) / sizeof(REASONS[0]); i++) {
        if (REASONS[i].status == status)
            return REASONS[i].text;
    }
    return "";
}

void response_begin(struct response *response, int status)
{
    response->used = 0;
    response->status = status;
    snprintf(response->status_text, sizeof(response->status_text), "%d %s", status,
             reason(status));
    http_date_format(time(NULL), response->date);
    response_add(response, ":status", response->status_text);
    response_add(response, ":version", "HTTP/1.1");
    response_add(response, "server", "spdyd spdylay/" SPDYLAY_VERSION);
    response_add(response, "date", response->date);
}

void response_add(struct response *response, const char *name, const char *value)
{
    assert(response->used < RESPONSE_FIELDS);
    response->nv[2 * response->used] = name;
    response->nv[2 * response->used + 1] = value;
    response->used++;
    response->nv[2 * response->used] = NULL;
}

void response_add_length(struct response *response, uint64_t length)
{
    snprintf(response->content_length, sizeof(response->content_length), "%" PRIu64, length);
    response_add(response, "content-length", response->content_length);
}

void response_send(struct response *response, struct stream *stream)
{
    spdylay_session *session = stream->connection->session;
    spdylay_data_provider provider = body_provider(stream);
    int result;

    stream->status = response->status;
    result = spdylay_submit_response(session, stream->id, response->nv,
                                     stream->body.remaining > 0 ? &provider : NULL);
    if (result != 0)
        spdylay_submit_rst_stream(session, stream->id, SPDYLAY_INTERNAL_ERROR);
}

static void send_text(struct response *response, struct stream *stream, const char *text)
{
    size_t length = strlen(text);

    response_add(response, "content-type", "text/plain; charset=utf-8");
    response_add_length(response, length);
    if (stream->request.method != METHOD_HEAD) {
        char *copy = strdup(text);

        if (copy == NULL) {
            spdylay_submit_rst_stream(stream->connection->session, stream->id,
                                      SPDYLAY_INTERNAL_ERROR);
            return;
        }
        body_set_text(&stream->body, copy, length);
    }
    response_send(response, stream);
}

void respond_text(struct stream *stream, int status, const char *text)
{
    struct response response;

    response_begin(&response, status);
    send_text(&response, stream, text);
}

void respond_error(struct stream *stream, int status, const char *detail)
{
    struct response response;
    char text[256];

    snprintf(text, sizeof(text), "%d %s: %s\n", status, reason(status), detail);
    response_begin(&response, status);
    if (status == 405)
        response_add(&response, "allow", "GET, HEAD, POST");
    send_text(&response, stream, text);
}
