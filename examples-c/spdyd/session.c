#include "session.h"

#include <stddef.h>
#include <stdint.h>

#include <spdylay/spdylay.h>

#include "connection.h"
#include "../common/diagnostic.h"
#include "handler.h"
#include "stream.h"
#include "verbose.h"

/* Requests that one connection may run at a time. A peer that opens more sees them refused, and
 * the default of the protocol is no limit at all. */
#define MAX_STREAMS 100

/* A header block larger than this, inflated, is refused by the library. Its own limit is 16 MiB,
 * for protocols with other needs than a file server's. */
#define MAX_HEADER_BLOCK (64 * 1024)

static struct stream *stream_of(spdylay_session *session, int32_t stream_id)
{
    return spdylay_session_get_stream_user_data(session, stream_id);
}

static ssize_t on_send(spdylay_session *session, const uint8_t *data, size_t length, int flags,
                       void *user_data)
{
    (void)session;
    (void)flags;
    return connection_write(user_data, data, length);
}

static void on_syn_stream(struct connection *connection, const spdylay_syn_stream *frame)
{
    struct stream *stream = stream_new(connection, frame->stream_id);

    if (stream == NULL ||
        spdylay_session_set_stream_user_data(connection->session, frame->stream_id, stream) != 0) {
        if (stream != NULL)
            stream_free(stream);
        spdylay_submit_rst_stream(connection->session, frame->stream_id, SPDYLAY_INTERNAL_ERROR);
        return;
    }
    handle_head(stream, frame->nv);
}

static void on_ctrl_recv(spdylay_session *session, spdylay_frame_type type, spdylay_frame *frame,
                         void *user_data)
{
    (void)session;
    verbose_frame(user_data, "recv", type, frame);
    if (type == SPDYLAY_SYN_STREAM)
        on_syn_stream(user_data, &frame->syn_stream);
}

static void on_invalid_ctrl_recv(spdylay_session *session, spdylay_frame_type type,
                                 spdylay_frame *frame, uint32_t status_code, void *user_data)
{
    (void)session;
    (void)status_code;
    verbose_frame(user_data, "recv invalid", type, frame);
}

static void on_parse_error(spdylay_session *session, spdylay_frame_type type, const uint8_t *head,
                           size_t headlen, const uint8_t *payload, size_t payloadlen,
                           int error_code, void *user_data)
{
    struct connection *connection = user_data;

    (void)session;
    (void)head;
    (void)headlen;
    (void)payload;
    (void)payloadlen;
    diagnostic("%s: closing, cannot read a frame of type %d: %s", connection->peer, (int)type,
               spdylay_strerror(error_code));
}

static void on_data_chunk(spdylay_session *session, uint8_t flags, int32_t stream_id,
                          const uint8_t *data, size_t length, void *user_data)
{
    struct stream *stream = stream_of(session, stream_id);

    (void)flags;
    (void)user_data;
    if (stream != NULL)
        handle_data(stream, data, length);
}

static void on_data_recv(spdylay_session *session, uint8_t flags, int32_t stream_id,
                         int32_t length, void *user_data)
{
    (void)session;
    verbose_data(user_data, "recv", stream_id, flags, length);
}

static void on_request_recv(spdylay_session *session, int32_t stream_id, void *user_data)
{
    struct stream *stream = stream_of(session, stream_id);

    (void)user_data;
    if (stream != NULL)
        handle_end(stream);
}

/* Our answer is complete. A request that is still arriving was refused before its end, so the peer
 * is told to spare the rest. */
static void on_answered(struct stream *stream)
{
    if (!stream->request_complete)
        spdylay_submit_rst_stream(stream->connection->session, stream->id, SPDYLAY_CANCEL);
}

static void on_ctrl_send(spdylay_session *session, spdylay_frame_type type, spdylay_frame *frame,
                         void *user_data)
{
    verbose_frame(user_data, "send", type, frame);
    if (type == SPDYLAY_SYN_REPLY && (frame->syn_reply.hd.flags & SPDYLAY_CTRL_FLAG_FIN) != 0) {
        struct stream *stream = stream_of(session, frame->syn_reply.stream_id);

        if (stream != NULL)
            on_answered(stream);
    }
}

static void on_ctrl_not_send(spdylay_session *session, spdylay_frame_type type,
                             spdylay_frame *frame, int error_code, void *user_data)
{
    (void)session;
    (void)error_code;
    verbose_frame(user_data, "could not send", type, frame);
}

static void on_data_send(spdylay_session *session, uint8_t flags, int32_t stream_id,
                         int32_t length, void *user_data)
{
    struct stream *stream = stream_of(session, stream_id);

    verbose_data(user_data, "send", stream_id, flags, length);
    if (stream == NULL)
        return;
    stream->sent += (uint64_t)length;
    if (flags & SPDYLAY_DATA_FLAG_FIN)
        on_answered(stream);
}

static void on_stream_close(spdylay_session *session, int32_t stream_id,
                            spdylay_status_code status_code, void *user_data)
{
    struct stream *stream = stream_of(session, stream_id);

    (void)status_code;
    verbose_stream_closed(user_data, stream_id);
    if (stream != NULL) {
        spdylay_session_set_stream_user_data(session, stream_id, NULL);
        stream_free(stream);
    }
}

static const spdylay_session_callbacks CALLBACKS = {
    .send_callback = on_send,
    .on_ctrl_recv_callback = on_ctrl_recv,
    .on_invalid_ctrl_recv_callback = on_invalid_ctrl_recv,
    .on_data_chunk_recv_callback = on_data_chunk,
    .on_data_recv_callback = on_data_recv,
    .on_ctrl_send_callback = on_ctrl_send,
    .on_ctrl_not_send_callback = on_ctrl_not_send,
    .on_data_send_callback = on_data_send,
    .on_stream_close_callback = on_stream_close,
    .on_request_recv_callback = on_request_recv,
    .on_ctrl_recv_parse_error_callback = on_parse_error,
};

bool session_open(struct connection *connection)
{
    const spdylay_settings_entry settings = {.settings_id = SPDYLAY_SETTINGS_MAX_CONCURRENT_STREAMS,
                                             .flags = SPDYLAY_ID_FLAG_SETTINGS_NONE,
                                             .value = MAX_STREAMS};
    uint32_t max_header_block = MAX_HEADER_BLOCK;
    spdylay_session *session;

    if (spdylay_session_server_new(&session, connection->version, &CALLBACKS, connection) != 0)
        return false;
    if (spdylay_session_set_option(session, SPDYLAY_OPT_MAX_RECV_CTRL_FRAME_BUFFER,
                                   &max_header_block, sizeof(max_header_block)) != 0 ||
        spdylay_submit_settings(session, SPDYLAY_FLAG_SETTINGS_NONE, &settings, 1) != 0) {
        spdylay_session_del(session);
        return false;
    }
    connection->session = session;
    return true;
}
