/* SPDY inside WebSocket messages, as kubectl's port-forward does it by default: the payloads of the
 * binary messages, one after the other, are the bytes of a SPDY connection. Where a message ends
 * means nothing. */
#ifndef KUBESTREAM_TUNNEL_H
#define KUBESTREAM_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <spdylay/spdylay.h>

struct evbuffer;
struct tunnel;

/* Codes of a close message, RFC 6455 section 7.4.1. */
enum tunnel_end {
    TUNNEL_NORMAL_END = 1000,
    TUNNEL_PROTOCOL_ERROR = 1002,
    TUNNEL_NOT_BINARY = 1003
};

/* Writes to `output`. NULL when memory is short. */
struct tunnel *tunnel_new(struct evbuffer *output);
void tunnel_free(struct tunnel *tunnel);

/* Hands what the messages carry to the session. False: the connection is to be closed; the close
 * message for it is in the output. */
bool tunnel_receive(struct tunnel *tunnel, spdylay_session *session, const uint8_t *bytes,
                    size_t length);

bool tunnel_send(struct tunnel *tunnel, const uint8_t *bytes, size_t length);

/* Sends a close message, unless one was sent. */
void tunnel_close(struct tunnel *tunnel, enum tunnel_end code);

#endif
