#include "source.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <spdylay/spdylay.h>

#include "connection.h"
#include "server.h"
#include "service.h"
#include "stream.h"

struct source {
    struct stream *stream;
    struct evbuffer *queue; /* or NULL */
    struct event *readable; /* of the descriptor */
    int fd;                 /* or -1 */
    bool drained;           /* the descriptor had less than was asked for */
    bool parked;            /* the library waits to be told that there is more */
    bool finishing;         /* when nothing is waiting, that is the end */
};

static void resume(struct source *source)
{
    struct connection *connection = source->stream->connection;

    if (!source->parked)
        return;
    source->parked = false;
    if (spdylay_session_resume_data(connection->session, source->stream->id) == 0)
        connection_flush(connection);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    resume(arg);
}

static ssize_t park(struct source *source)
{
    source->parked = true;
    if (source->readable != NULL)
        event_add(source->readable, NULL);
    return SPDYLAY_ERR_DEFERRED;
}

static ssize_t end(struct source *source, int *eof)
{
    struct stream *stream = source->stream;
    const struct connection *connection = stream->connection;

    *eof = 1;
    stream->finished = true;
    connection->service->sent(connection->service_data, stream);
    return 0;
}

static ssize_t read_descriptor(struct source *source, uint8_t *buffer, size_t length, int *eof)
{
    ssize_t n;

    if (source->drained && !source->finishing) {
        source->drained = false;
        return park(source);
    }
    n = read(source->fd, buffer, length);
    source->drained = n > 0 && (size_t)n < length;
    if (n > 0)
        return n;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return source->finishing ? end(source, eof) : park(source);
    /* The other end of a pseudo-terminal is reported as an I/O error. */
    if (n == 0 || errno == EIO)
        return end(source, eof);
    return SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* The library asks for the payload of the next DATA frame. */
static ssize_t on_wanted(spdylay_session *session, int32_t stream_id, uint8_t *buffer,
                         size_t length, int *eof, spdylay_data_source *data_source,
                         void *user_data)
{
    struct source *source = data_source->ptr;
    const struct connection *connection = source->stream->connection;
    int taken;

    (void)session;
    (void)stream_id;
    (void)user_data;
    if (source->fd >= 0)
        return read_descriptor(source, buffer, length, eof);
    if (evbuffer_get_length(source->queue) == 0) {
        if (source->finishing)
            return end(source, eof);
        connection->service->drained(connection->service_data, source->stream);
        /* Which may have brought more. */
        if (evbuffer_get_length(source->queue) == 0)
            return park(source);
    }
    taken = evbuffer_remove(source->queue, buffer, length);
    return taken < 0 ? SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE : taken;
}

static struct source *source_new(struct stream *stream, int fd)
{
    struct connection *connection = stream->connection;
    struct source *source = calloc(1, sizeof(*source));
    spdylay_data_provider provider = {.source.ptr = source, .read_callback = on_wanted};

    if (source == NULL) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    source->stream = stream;
    source->fd = fd;
    if (fd >= 0)
        source->readable = event_new(connection->server->base, fd, EV_READ, on_readable, source);
    else
        source->queue = evbuffer_new();
    if ((source->readable == NULL && source->queue == NULL) ||
        spdylay_submit_data(connection->session, stream->id, SPDYLAY_DATA_FLAG_FIN, &provider) !=
            0) {
        source_free(source);
        return NULL;
    }
    connection_flush(connection);
    return source;
}

struct source *source_from_descriptor(struct stream *stream, int fd)
{
    return source_new(stream, fd);
}

struct source *source_from_queue(struct stream *stream)
{
    return source_new(stream, -1);
}

void source_free(struct source *source)
{
    if (source == NULL)
        return;
    if (source->readable != NULL)
        event_free(source->readable);
    if (source->queue != NULL)
        evbuffer_free(source->queue);
    if (source->fd >= 0)
        close(source->fd);
    free(source);
}

bool source_enqueue(struct source *source, const void *bytes, size_t length)
{
    if (evbuffer_add(source->queue, bytes, length) != 0)
        return false;
    resume(source);
    return true;
}

size_t source_waiting(const struct source *source)
{
    return source->queue != NULL ? evbuffer_get_length(source->queue) : 0;
}

void source_finish(struct source *source)
{
    source->finishing = true;
    resume(source);
}
