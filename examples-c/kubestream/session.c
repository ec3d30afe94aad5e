#include "session.h"

#include <stddef.h>
#include <stdint.h>

#include <spdylay/spdylay.h>

#include "../common/diagnostic.h"
#include "connection.h"
#include "service.h"
#include "stream.h"

/* Two streams make a forwarded connection. No SETTINGS frame announces the limit: Kubernetes peers
 * ignore those. */
#define MAX_STREAMS 8192

/* Headers of Kubernetes streams are three short lines. */
#define MAX_HEADER_BLOCK (16 * 1024)

/* Fewer and larger frames cost both sides less a byte, and moby/spdystream, which queues 50 frames
 * whatever their size, keeps up for longer. It sends frames of this size itself. */
#define DATA_PAYLOAD (32 * 1024)

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

/* Every stream is answered at once and on its own: kubectl opens the next one only then. */
static void on_syn_stream(struct connection *connection, const spdylay_syn_stream *frame)
{
    static const char *const no_headers[] = {NULL};
    const struct service *service = connection->service;
    uint32_t refusal = SPDYLAY_PROTOCOL_ERROR;
    struct stream *stream = NULL;

    if (connection->stream_count >= MAX_STREAMS)
        refusal = SPDYLAY_REFUSED_STREAM;
    else if (!(frame->hd.flags & SPDYLAY_CTRL_FLAG_UNIDIRECTIONAL))
        stream = stream_new(connection, frame->stream_id);
    if (stream != NULL) {
        if (spdylay_submit_syn_reply(connection->session, SPDYLAY_CTRL_FLAG_NONE, frame->stream_id,
                                     (const char **)no_headers) == 0 &&
            service->opened(connection->service_data, stream, frame->nv))
            return;
        stream_free(stream);
    }
    spdylay_submit_rst_stream(connection->session, frame->stream_id, refusal);
}

static void on_ctrl_recv(spdylay_session *session, spdylay_frame_type type, spdylay_frame *frame,
                         void *user_data)
{
    (void)session;
    if (type == SPDYLAY_SYN_STREAM)
        on_syn_stream(user_data, &frame->syn_stream);
}

static void on_parse_error(spdylay_session *session, spdylay_frame_type type, const uint8_t *head,
                           size_t headlen, const uint8_t *payload, size_t payloadlen,
                           int error_code, void *user_data)
{
    (void)session;
    (void)head;
    (void)headlen;
    (void)payload;
    (void)payloadlen;
    (void)user_data;
    diagnostic("closing, cannot read a frame of type %d: %s", (int)type,
               spdylay_strerror(error_code));
}

static void on_data_chunk(spdylay_session *session, uint8_t flags, int32_t stream_id,
                          const uint8_t *data, size_t length, void *user_data)
{
    struct stream *stream = stream_of(session, stream_id);

    (void)flags;
    (void)user_data;
    if (stream != NULL)
        stream_received(stream, data, length);
}

/* Despite the name of the callback the stream need not be a request: it is called for every stream
 * that the peer has opened and now finished, with or without data. */
static void on_peer_finished(spdylay_session *session, int32_t stream_id, void *user_data)
{
    struct stream *stream = stream_of(session, stream_id);

    (void)user_data;
    if (stream != NULL)
        stream_peer_finished(stream);
}

static void on_stream_close(spdylay_session *session, int32_t stream_id,
                            spdylay_status_code status_code, void *user_data)
{
    struct connection *connection = user_data;
    struct stream *stream = stream_of(session, stream_id);

    (void)status_code;
    if (stream != NULL) {
        connection->service->closed(connection->service_data, stream);
        stream_free(stream);
    }
}

static const spdylay_session_callbacks CALLBACKS = {
    .send_callback = on_send,
    .on_ctrl_recv_callback = on_ctrl_recv,
    .on_data_chunk_recv_callback = on_data_chunk,
    .on_stream_close_callback = on_stream_close,
    .on_request_recv_callback = on_peer_finished,
    .on_ctrl_recv_parse_error_callback = on_parse_error,
};

bool session_open(struct connection *connection)
{
    uint32_t max_header_block = MAX_HEADER_BLOCK;
    uint32_t data_payload = DATA_PAYLOAD;
    int no_flow_control = 1;
    spdylay_session *session;

    if (spdylay_session_server_new(&session, SPDYLAY_PROTO_SPDY3_1, &CALLBACKS, connection) != 0)
        return false;
    if (spdylay_session_set_option(session, SPDYLAY_OPT_NO_FLOW_CONTROL, &no_flow_control,
                                   sizeof(no_flow_control)) != 0 ||
        spdylay_session_set_option(session, SPDYLAY_OPT_MAX_DATA_PAYLOAD, &data_payload,
                                   sizeof(data_payload)) != 0 ||
        spdylay_session_set_option(session, SPDYLAY_OPT_MAX_RECV_CTRL_FRAME_BUFFER,
                                   &max_header_block, sizeof(max_header_block)) != 0) {
        spdylay_session_del(session);
        return false;
    }
    connection->session = session;
    return true;
}
