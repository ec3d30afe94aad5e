#define _GNU_SOURCE
#include "forward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "backend.h"
#include "connection.h"
#include "server.h"
#include "service.h"
#include "sink.h"
#include "stream.h"

#define MAX_REQUEST_ID 32

/* One forwarded TCP connection: a stream for the data and one for an error message. */
struct pair {
    TAILQ_ENTRY(pair) link;
    struct forward *forward;
    struct stream *error; /* NULL when it is not there, not yet or no longer */
    struct stream *data;
    struct backend *backend; /* while connecting */
    struct event *timer;     /* while one stream is missing */
    uint16_t port;
    bool complete; /* both streams have been there */
    char request_id[MAX_REQUEST_ID];
};

struct forward {
    TAILQ_HEAD(pair_list, pair) pairs;
    struct server *server;
    struct connection *connection;
};

struct forward *forward_new(struct server *server)
{
    struct forward *forward = calloc(1, sizeof(*forward));

    if (forward == NULL)
        return NULL;
    forward->server = server;
    TAILQ_INIT(&forward->pairs);
    return forward;
}

static void pair_free(struct pair *pair)
{
    backend_cancel(pair->backend);
    event_free(pair->timer);
    TAILQ_REMOVE(&pair->forward->pairs, pair, link);
    free(pair);
}

static void on_unpaired(evutil_socket_t fd, short what, void *arg)
{
    struct pair *pair = arg;

    (void)fd;
    (void)what;
    stream_reset(pair->error != NULL ? pair->error : pair->data);
}

static struct pair *pair_new(struct forward *forward, const char *request_id, uint16_t port)
{
    const struct timeval patience = {.tv_sec = (time_t)forward->server->options.opening_timeout};
    struct pair *pair = calloc(1, sizeof(*pair));

    if (pair == NULL)
        return NULL;
    pair->timer = evtimer_new(forward->server->base, on_unpaired, pair);
    if (pair->timer == NULL) {
        free(pair);
        return NULL;
    }
    event_add(pair->timer, &patience);
    pair->forward = forward;
    pair->port = port;
    strcpy(pair->request_id, request_id);
    TAILQ_INSERT_TAIL(&forward->pairs, pair, link);
    return pair;
}

/* Usually the latest pair is the one. */
static struct pair *find_pair(const struct forward *forward, const char *request_id)
{
    struct pair *pair;

    TAILQ_FOREACH_REVERSE(pair, &forward->pairs, pair_list, link)
    {
        if (strcmp(pair->request_id, request_id) == 0)
            break;
    }
    return pair;
}

/* A pair without data has nothing more to report; kubectl closes the local connection only when it
 * hears so. */
static void data_over(struct pair *pair)
{
    if (pair->error != NULL)
        stream_finish(pair->error);
}

static void on_connected(void *arg, int fd, const char *problem)
{
    struct pair *pair = arg;

    pair->backend = NULL;
    if (fd >= 0) {
        /* Two descriptors, for each direction ends on its own. */
        sink_connect(pair->data->sink, dup(fd), SINK_SHUT_DOWN, NULL, NULL);
        stream_send_from(pair->data, fd);
        return;
    }
    if (pair->error != NULL)
        stream_send_text(pair->error, problem);
    sink_discard(pair->data->sink);
    stream_finish(pair->data);
}

/* Older clients send no request id; then a data stream follows directly on its error stream. */
static bool request_id_of(char **headers, const struct stream *stream, bool is_data,
                          char request_id[MAX_REQUEST_ID])
{
    const char *given = stream_header(headers, "requestid");
    int length;

    if (given[0] != '\0')
        length = snprintf(request_id, MAX_REQUEST_ID, "%s", given);
    else
        length = snprintf(request_id, MAX_REQUEST_ID, "stream %d",
                          (int)(is_data ? stream->id - 2 : stream->id));
    return length < MAX_REQUEST_ID;
}

static uint16_t port_of(char **headers)
{
    const char *text = stream_header(headers, "port");
    char *end;
    unsigned long port;

    if (text[0] < '0' || text[0] > '9')
        return 0;
    port = strtoul(text, &end, 10);
    return *end == '\0' && port <= UINT16_MAX ? (uint16_t)port : 0;
}

static void on_started(void *data, struct connection *connection)
{
    struct forward *forward = data;

    forward->connection = connection;
}

static bool on_opened(void *data, struct stream *stream, char **headers)
{
    struct forward *forward = data;
    const char *type = stream_header(headers, "streamtype");
    bool is_data = strcasecmp(type, "data") == 0;
    uint16_t port = port_of(headers);
    char request_id[MAX_REQUEST_ID];
    struct pair *pair;
    struct stream **place;

    if ((!is_data && strcasecmp(type, "error") != 0) || port == 0 ||
        !request_id_of(headers, stream, is_data, request_id))
        return false;
    if (is_data && (stream->sink = sink_new(forward->connection)) == NULL)
        return false;
    pair = find_pair(forward, request_id);
    if (pair != NULL && (pair->complete || pair->port != port))
        return false;
    if (pair == NULL && (pair = pair_new(forward, request_id, port)) == NULL)
        return false;
    place = is_data ? &pair->data : &pair->error;
    if (*place != NULL)
        return false;
    *place = stream;
    stream->user = pair;
    if (pair->error != NULL && pair->data != NULL) {
        pair->complete = true;
        event_del(pair->timer);
        pair->backend = backend_connect(forward->server->base, port, on_connected, pair);
        if (pair->backend == NULL)
            on_connected(pair, -1, "no memory for another connection");
    }
    return true;
}

/* The client has nothing to say on error streams. */
static void on_received(void *data, struct stream *stream, const uint8_t *bytes, size_t length)
{
    (void)data;
    (void)stream;
    (void)bytes;
    (void)length;
}

static void on_peer_finished(void *data, struct stream *stream)
{
    (void)data;
    (void)stream;
}

static void on_sent(void *data, struct stream *stream)
{
    struct pair *pair = stream->user;

    (void)data;
    if (stream == pair->data)
        data_over(pair);
}

static void on_drained(void *data, struct stream *stream)
{
    (void)data;
    (void)stream;
}

static void on_closed(void *data, struct stream *stream)
{
    struct pair *pair = stream->user;

    (void)data;
    if (stream == pair->data) {
        pair->data = NULL;
        backend_cancel(pair->backend);
        pair->backend = NULL;
        data_over(pair);
    } else {
        pair->error = NULL;
    }
    if (pair->data == NULL && pair->error == NULL)
        pair_free(pair);
}

static void on_free(void *data)
{
    struct forward *forward = data;
    struct pair *pair;

    while ((pair = TAILQ_FIRST(&forward->pairs)) != NULL)
        pair_free(pair);
    free(forward);
}

const struct service FORWARD_SERVICE = {
    .started = on_started,
    .opened = on_opened,
    .received = on_received,
    .peer_finished = on_peer_finished,
    .sent = on_sent,
    .drained = on_drained,
    .closed = on_closed,
    .free = on_free,
};
