#include "handler.h"

#include <stdbool.h>

#include "connection.h"
#include "path.h"
#include "respond.h"
#include "static_file.h"
#include "stream.h"
#include "upload.h"
#include "worker.h"

static bool answered(const struct stream *stream)
{
    return stream->status != 0;
}

static uint64_t max_body(const struct stream *stream)
{
    return stream->connection->worker->server->options.max_body;
}

static void respond_too_large(struct stream *stream)
{
    respond_error(stream, 413, "the body is larger than this server takes");
}

static void begin_upload(struct stream *stream)
{
    struct path path;
    int refusal = path_parse(&path, stream->request.field[FIELD_PATH]);

    if (refusal != 0) {
        respond_error(stream, refusal, "the path is not usable");
        return;
    }
    stream->upload = upload_new();
    if (stream->upload == NULL)
        respond_error(stream, 503, "out of memory");
}

void handle_head(struct stream *stream, char **nv)
{
    const struct request *request = &stream->request;
    int refusal = request_parse(&stream->request, nv);

    if (refusal == 503)
        respond_error(stream, refusal, "out of memory");
    else if (refusal != 0)
        respond_error(stream, refusal, "a header field is missing, repeated or malformed");
    else if (request->method == METHOD_OTHER)
        respond_error(stream, 405, "only GET, HEAD and POST are served");
    else if (request->content_length != LENGTH_UNKNOWN &&
             request->content_length > max_body(stream))
        respond_too_large(stream);
    else if (request->method == METHOD_POST)
        begin_upload(stream);
}

void handle_data(struct stream *stream, const uint8_t *data, size_t length)
{
    if (answered(stream))
        return;
    stream->received += length;
    if (stream->received > max_body(stream))
        respond_too_large(stream);
    else if (stream->upload != NULL && !upload_add(stream->upload, data, length))
        respond_error(stream, 500, "cannot compute the SHA-256");
}

void handle_end(struct stream *stream)
{
    const struct request *request = &stream->request;

    stream->request_complete = true;
    if (answered(stream))
        return;
    if (request->content_length != LENGTH_UNKNOWN && request->content_length != stream->received)
        respond_error(stream, 400, "the body is not as long as its content-length says");
    else if (stream->upload != NULL)
        upload_respond(stream);
    else
        static_file_respond(stream);
}
