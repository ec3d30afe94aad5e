#define _XOPEN_SOURCE 700
#include "body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "../common/diagnostic.h"
#include "stream.h"

void body_init(struct body *body)
{
    *body = (struct body){.fd = -1};
}

void body_clear(struct body *body)
{
    if (body->fd >= 0)
        close(body->fd);
    free(body->text);
    body_init(body);
}

void body_set_file(struct body *body, int fd, uint64_t offset, uint64_t length)
{
    *body = (struct body){.fd = fd, .offset = offset, .remaining = length};
}

void body_set_text(struct body *body, char *text, size_t length)
{
    *body = (struct body){.fd = -1, .text = text, .remaining = length};
}

/* Files are read, not mapped: a file that shrinks while it is sent then shows as a short read and
 * not as SIGBUS. The read may block on a slow disk, which a worker per processor makes bearable. */
static ssize_t read_piece(struct body *body, uint8_t *buffer, size_t length)
{
    ssize_t got;

    if (body->text != NULL) {
        memcpy(buffer, body->text + body->offset, length);
        return (ssize_t)length;
    }
    do {
        got = pread(body->fd, buffer, length, (off_t)body->offset);
    } while (got < 0 && errno == EINTR);
    return got;
}

static ssize_t on_read(spdylay_session *session, int32_t stream_id, uint8_t *buffer, size_t length,
                       int *eof, spdylay_data_source *source, void *user_data)
{
    struct stream *stream = source->ptr;
    struct body *body = &stream->body;
    ssize_t got;

    (void)session;
    (void)stream_id;
    (void)user_data;
    if (length > body->remaining)
        length = (size_t)body->remaining;
    got = read_piece(body, buffer, length);
    if (got <= 0) {
        diagnostic("%s: %s: the file cannot be read to its announced end: %s",
                   stream->connection->peer, stream->request.field[FIELD_PATH],
                   got < 0 ? strerror(errno) : "it has become shorter");
        return SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE; /* resets this stream only */
    }
    body->offset += (uint64_t)got;
    body->remaining -= (uint64_t)got;
    if (body->remaining == 0) {
        *eof = 1;
        /* Without waiting for the stream's end, which is up to the peer. */
        body_clear(body);
        file_slot_release(stream);
    }
    return got;
}

spdylay_data_provider body_provider(struct stream *stream)
{
    return (spdylay_data_provider){.source = {.ptr = stream}, .read_callback = on_read};
}
