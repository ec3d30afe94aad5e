#include "stream.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spdylay/spdylay.h>

#include "connection.h"
#include "service.h"
#include "sink.h"
#include "source.h"

struct stream *stream_new(struct connection *connection, int32_t id)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return NULL;
    if (spdylay_session_set_stream_user_data(connection->session, id, stream) != 0) {
        free(stream);
        return NULL;
    }
    stream->connection = connection;
    stream->id = id;
    connection->stream_count++;
    TAILQ_INSERT_TAIL(&connection->streams, stream, link);
    return stream;
}

void stream_free(struct stream *stream)
{
    struct connection *connection = stream->connection;

    /* The library may still know the stream: the frame that resets it waits in the queue. */
    spdylay_session_set_stream_user_data(connection->session, stream->id, NULL);
    sink_free(stream->sink);
    source_free(stream->source);
    connection->stream_count--;
    TAILQ_REMOVE(&connection->streams, stream, link);
    free(stream);
}

void stream_received(struct stream *stream, const uint8_t *bytes, size_t length)
{
    const struct connection *connection = stream->connection;

    if (stream->sink != NULL)
        sink_write(stream->sink, bytes, length);
    else
        connection->service->received(connection->service_data, stream, bytes, length);
}

void stream_peer_finished(struct stream *stream)
{
    const struct connection *connection = stream->connection;

    stream->peer_finished = true;
    if (stream->sink != NULL)
        sink_finish(stream->sink);
    connection->service->peer_finished(connection->service_data, stream);
}

/* Without a source, the stream cannot keep what it has promised its peer. */
static void start(struct stream *stream, struct source *source)
{
    stream->source = source;
    if (source == NULL)
        stream_reset(stream);
}

void stream_send_from(struct stream *stream, int fd)
{
    start(stream, source_from_descriptor(stream, fd));
}

void stream_send_queue(struct stream *stream)
{
    start(stream, source_from_queue(stream));
}

void stream_send_text(struct stream *stream, const char *text)
{
    if (stream->finished)
        return;
    stream_send_queue(stream);
    stream_enqueue(stream, text, strlen(text));
    stream_finish(stream);
}

void stream_enqueue(struct stream *stream, const void *bytes, size_t length)
{
    /* A gap in what is sent would go unnoticed, so no memory is the end of the stream. */
    if (stream->source != NULL && !source_enqueue(stream->source, bytes, length))
        stream_reset(stream);
}

size_t stream_waiting(const struct stream *stream)
{
    return stream->source != NULL ? source_waiting(stream->source) : 0;
}

void stream_finish(struct stream *stream)
{
    if (stream->finished)
        return;
    if (stream->source == NULL)
        stream_send_queue(stream);
    stream->finished = true;
    if (stream->source != NULL)
        source_finish(stream->source);
}

void stream_reset(struct stream *stream)
{
    stream->finished = true;
    spdylay_submit_rst_stream(stream->connection->session, stream->id, SPDYLAY_INTERNAL_ERROR);
    connection_flush(stream->connection);
}

const char *stream_header(char **headers, const char *name)
{
    for (; headers != NULL && headers[0] != NULL; headers += 2) {
        if (strcmp(headers[0], name) == 0)
            return headers[1];
    }
    return "";
}
