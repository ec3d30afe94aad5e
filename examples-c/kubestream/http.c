#include "http.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <http_parser.h>

#include "../common/diagnostic.h"
#include "request.h"
#include "server.h"
#include "status.h"

/* Go's clients keep an unused connection for 90 seconds. */
#define READ_SECONDS 120
#define WRITE_SECONDS 30

/* Only the admin interface takes bodies, short ones. The parser itself limits headers. */
#define MAX_BODY (64 * 1024)

/* A client that asks and asks, and reads no answers, has to wait. */
#define OUTPUT_HIGH_MARK (64 * 1024)

/* The piece of the request head that is being received. */
enum part { PART_TARGET, PART_NAME, PART_VALUE };

struct http {
    TAILQ_ENTRY(http) link;
    struct server *server;
    struct bufferevent *bev; /* NULL once it has been given away */
    http_handler handler;
    http_parser parser;
    struct request request;
    struct evbuffer *pieces[3]; /* by part; the parser delivers in pieces */
    bool request_ready;
    bool malformed;
    bool closing; /* when what has been written is sent */
};

static char *take_text(struct evbuffer *piece)
{
    size_t length = evbuffer_get_length(piece);
    char *text = malloc(length + 1);

    if (text == NULL)
        return NULL;
    evbuffer_remove(piece, text, length);
    text[length] = '\0';
    return text;
}

/* A header is complete when the next one begins. */
static void end_header(struct http *http)
{
    char *name;
    char *value;

    if (evbuffer_get_length(http->pieces[PART_NAME]) == 0)
        return;
    name = take_text(http->pieces[PART_NAME]);
    value = take_text(http->pieces[PART_VALUE]);
    if (name == NULL || value == NULL ||
        evhttp_add_header(&http->request.headers, name, value) != 0)
        http->malformed = true;
    free(name);
    free(value);
}

static int add_piece(http_parser *parser, enum part part, const char *text, size_t length)
{
    struct http *http = parser->data;

    return evbuffer_add(http->pieces[part], text, length);
}

static int on_target(http_parser *parser, const char *text, size_t length)
{
    return add_piece(parser, PART_TARGET, text, length);
}

static int on_header_name(http_parser *parser, const char *text, size_t length)
{
    const struct http *http = parser->data;

    if (evbuffer_get_length(http->pieces[PART_VALUE]) > 0)
        end_header(parser->data);
    return add_piece(parser, PART_NAME, text, length);
}

static int on_header_value(http_parser *parser, const char *text, size_t length)
{
    return add_piece(parser, PART_VALUE, text, length);
}

static int on_headers_complete(http_parser *parser)
{
    end_header(parser->data);
    return 0;
}

static int on_body(http_parser *parser, const char *text, size_t length)
{
    struct http *http = parser->data;

    if (evbuffer_get_length(http->request.body) + length > MAX_BODY)
        return -1;
    return evbuffer_add(http->request.body, text, length);
}

static int on_message_complete(http_parser *parser)
{
    struct http *http = parser->data;
    char *target = take_text(http->pieces[PART_TARGET]);

    if (target == NULL || !request_set_target(&http->request, target))
        http->malformed = true;
    free(target);
    http->request.method = (int)parser->method;
    http->request.upgrade = parser->upgrade;
    http->request_ready = true;
    /* Stops right behind the request: what follows may be no HTTP. */
    http_parser_pause(parser, 1);
    return 0;
}

static const http_parser_settings PARSER_SETTINGS = {
    .on_url = on_target,
    .on_header_field = on_header_name,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

struct server *http_server(const struct http *http)
{
    return http->server;
}

void http_free(struct http *http)
{
    struct server *server = http->server;

    for (size_t i = 0; i < sizeof(http->pieces) / sizeof(*http->pieces); i++) {
        if (http->pieces[i] != NULL)
            evbuffer_free(http->pieces[i]);
    }
    request_clear(&http->request);
    TAILQ_REMOVE(&server->https, http, link);
    if (http->bev != NULL) {
        bufferevent_free(http->bev);
        server_connection_gone(server);
    }
    free(http);
}

void http_answer(struct http *http, int code, const char *headers, const char *json)
{
    struct evbuffer *output = bufferevent_get_output(http->bev);

    if (json == NULL)
        json = "";
    http->closing = http->closing || !http_should_keep_alive(&http->parser) || code >= 400;
    evbuffer_add_printf(output,
                        "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n%s%s\r\n%s",
                        code, http_status_str((enum http_status)code), strlen(json), headers,
                        http->closing ? "Connection: close\r\n" : "", json);
}

void http_refuse_with(struct http *http, const struct refusal *refusal, const char *headers,
                      const char *message)
{
    char *json = status_refusal(refusal, message);

    http_answer(http, refusal->code, headers, json);
    free(json);
}

void http_refuse(struct http *http, const struct refusal *refusal, const char *message)
{
    http_refuse_with(http, refusal, "", message);
}

struct bufferevent *http_switch_protocols(struct http *http, const char *headers)
{
    struct bufferevent *bev = http->bev;

    evbuffer_add_printf(bufferevent_get_output(bev),
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n%s\r\n",
                        headers);
    bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
    http->bev = NULL;
    return bev;
}

static bool is_output_full(const struct http *http)
{
    return evbuffer_get_length(bufferevent_get_output(http->bev)) >= OUTPUT_HIGH_MARK;
}

/* One request has been received, or something that is none. */
static void handle(struct http *http, bool understood)
{
    if (understood && !http->malformed)
        http->handler(http, &http->request);
    else
        http_refuse(http, &BAD_REQUEST, "the request makes no sense");
    request_clear(&http->request);
    if (!request_init(&http->request))
        http->closing = true;
    http->request_ready = false;
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct http *http = arg;
    struct evbuffer *input = bufferevent_get_input(bev);
    size_t length;

    while (!http->closing && !is_output_full(http) &&
           (length = evbuffer_get_contiguous_space(input)) > 0) {
        const char *text = (const char *)evbuffer_pullup(input, (ev_ssize_t)length);
        size_t taken = http_parser_execute(&http->parser, &PARSER_SETTINGS, text, length);
        bool understood = HTTP_PARSER_ERRNO(&http->parser) == HPE_OK;

        evbuffer_drain(input, taken);
        if (http->request_ready) {
            http_parser_pause(&http->parser, 0);
            handle(http, true);
        } else if (!understood) {
            http->closing = true;
            handle(http, false);
        }
        if (http->bev == NULL) {
            http_free(http);
            return;
        }
    }
    if (http->closing || is_output_full(http))
        bufferevent_disable(bev, EV_READ);
}

static void on_written(struct bufferevent *bev, void *arg)
{
    struct http *http = arg;

    if (http->closing) {
        http_free(http);
        return;
    }
    bufferevent_enable(bev, EV_READ);
    if (evbuffer_get_length(bufferevent_get_input(bev)) > 0)
        on_read(bev, http);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
        http_free(arg);
}

static bool make_parts(struct http *http)
{
    for (size_t i = 0; i < sizeof(http->pieces) / sizeof(*http->pieces); i++) {
        http->pieces[i] = evbuffer_new();
        if (http->pieces[i] == NULL)
            return false;
    }
    return request_init(&http->request);
}

void http_open(struct server *server, struct bufferevent *bev, http_handler handler)
{
    const struct timeval reading = {.tv_sec = READ_SECONDS};
    const struct timeval writing = {.tv_sec = WRITE_SECONDS};
    struct http *http = calloc(1, sizeof(*http));

    if (http == NULL) {
        diagnostic("no memory for a connection");
        bufferevent_free(bev);
        server_connection_gone(server);
        return;
    }
    http->server = server;
    http->bev = bev;
    http->handler = handler;
    TAILQ_INIT(&http->request.query);
    TAILQ_INIT(&http->request.headers);
    TAILQ_INSERT_TAIL(&server->https, http, link);
    if (!make_parts(http)) {
        diagnostic("no memory for a connection");
        http_free(http);
        return;
    }
    http_parser_init(&http->parser, HTTP_REQUEST);
    http->parser.data = http;
    bufferevent_set_timeouts(bev, &reading, &writing);
    bufferevent_setcb(bev, on_read, on_written, on_event, http);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
}
