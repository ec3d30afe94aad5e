#include "tunnel.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <wslay/wslay.h>

/* RFC 6455 section 5.5. */
#define MAX_CONTROL_PAYLOAD 125

struct tunnel {
    wslay_frame_context_ptr frames;
    struct evbuffer *output;
    const uint8_t *input; /* what is being received; lives as long as tunnel_receive() runs */
    size_t input_length;
    uint64_t frame_left;  /* payload still to come */
    size_t control_length;
    uint8_t control[MAX_CONTROL_PAYLOAD]; /* payload of a ping or close, which may come in pieces */
    bool in_frame;
    bool close_sent;
};

static ssize_t on_frame_output(const uint8_t *bytes, size_t length, int flags, void *user_data)
{
    struct tunnel *tunnel = user_data;

    (void)flags;
    return evbuffer_add(tunnel->output, bytes, length) == 0 ? (ssize_t)length : -1;
}

static ssize_t on_frame_input(uint8_t *buffer, size_t length, int flags, void *user_data)
{
    struct tunnel *tunnel = user_data;

    (void)flags;
    if (tunnel->input_length == 0)
        return -1; /* which the caller of wslay hears as: wants to read */
    if (length > tunnel->input_length)
        length = tunnel->input_length;
    memcpy(buffer, tunnel->input, length);
    tunnel->input += length;
    tunnel->input_length -= length;
    return (ssize_t)length;
}

struct tunnel *tunnel_new(struct evbuffer *output)
{
    const struct wslay_frame_callbacks callbacks = {.send_callback = on_frame_output,
                                                    .recv_callback = on_frame_input};
    struct tunnel *tunnel = calloc(1, sizeof(*tunnel));

    if (tunnel == NULL)
        return NULL;
    tunnel->output = output;
    if (wslay_frame_context_init(&tunnel->frames, &callbacks, tunnel) != 0) {
        free(tunnel);
        return NULL;
    }
    return tunnel;
}

void tunnel_free(struct tunnel *tunnel)
{
    if (tunnel == NULL)
        return;
    wslay_frame_context_free(tunnel->frames);
    free(tunnel);
}

static bool send_frame(struct tunnel *tunnel, uint8_t opcode, const uint8_t *payload, size_t length)
{
    struct wslay_frame_iocb frame = {.fin = 1,
                                     .opcode = opcode,
                                     .payload_length = length,
                                     .data = payload,
                                     .data_length = length};

    return wslay_frame_send(tunnel->frames, &frame) == (ssize_t)length;
}

bool tunnel_send(struct tunnel *tunnel, const uint8_t *bytes, size_t length)
{
    return send_frame(tunnel, WSLAY_BINARY_FRAME, bytes, length);
}

void tunnel_close(struct tunnel *tunnel, enum tunnel_end code)
{
    const uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)(code & 0xff)};

    if (tunnel->close_sent)
        return;
    tunnel->close_sent = true;
    send_frame(tunnel, WSLAY_CONNECTION_CLOSE, payload, sizeof(payload));
}

static bool refuse(struct tunnel *tunnel, enum tunnel_end code)
{
    tunnel_close(tunnel, code);
    return false;
}

static bool take_payload(struct tunnel *tunnel, const struct wslay_frame_iocb *frame,
                         spdylay_session *session)
{
    if (!wslay_is_ctrl_frame(frame->opcode))
        return spdylay_session_mem_recv(session, frame->data, frame->data_length) >= 0;
    /* wslay refuses control frames with more than fits. */
    memcpy(tunnel->control + tunnel->control_length, frame->data, frame->data_length);
    tunnel->control_length += frame->data_length;
    return true;
}

/* A frame is complete. */
static bool end_frame(struct tunnel *tunnel, uint8_t opcode)
{
    size_t length = tunnel->control_length;

    tunnel->control_length = 0;
    if (opcode == WSLAY_PING)
        return send_frame(tunnel, WSLAY_PONG, tunnel->control, length);
    if (opcode == WSLAY_CONNECTION_CLOSE)
        return refuse(tunnel, TUNNEL_NORMAL_END);
    return true;
}

bool tunnel_receive(struct tunnel *tunnel, spdylay_session *session, const uint8_t *bytes,
                    size_t length)
{
    tunnel->input = bytes;
    tunnel->input_length = length;
    for (;;) {
        struct wslay_frame_iocb frame;
        ssize_t n = wslay_frame_recv(tunnel->frames, &frame);

        if (n == WSLAY_ERR_WANT_READ)
            return true;
        if (n < 0 || !frame.mask)
            return refuse(tunnel, TUNNEL_PROTOCOL_ERROR);
        if (frame.opcode == WSLAY_TEXT_FRAME)
            return refuse(tunnel, TUNNEL_NOT_BINARY);
        if (!tunnel->in_frame)
            tunnel->frame_left = frame.payload_length;
        tunnel->in_frame = true;
        if (frame.data_length > 0 && !take_payload(tunnel, &frame, session))
            return false;
        tunnel->frame_left -= frame.data_length;
        if (tunnel->frame_left > 0)
            continue;
        tunnel->in_frame = false;
        if (!end_frame(tunnel, frame.opcode))
            return false;
    }
}
