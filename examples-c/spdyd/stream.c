#include "stream.h"

#include <stdlib.h>

#include "access_log.h"
#include "../common/clock.h"
#include "connection.h"
#include "upload.h"

struct stream *stream_new(struct connection *connection, int32_t id)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return NULL;
    stream->connection = connection;
    stream->id = id;
    stream->started_us = clock_us();
    body_init(&stream->body);
    TAILQ_INSERT_TAIL(&connection->streams, stream, link);
    return stream;
}

void stream_free(struct stream *stream)
{
    access_log_write(stream);
    TAILQ_REMOVE(&stream->connection->streams, stream, link);
    body_clear(&stream->body);
    file_slot_release(stream);
    upload_free(stream->upload);
    request_clear(&stream->request);
    free(stream);
}
