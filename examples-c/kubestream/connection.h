/* One SPDY connection: bytes between a bufferevent (TCP or TLS, with or without WebSocket messages
 * around them) and a spdylay session, back-pressure, and the end of both. */
#ifndef KUBESTREAM_CONNECTION_H
#define KUBESTREAM_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <spdylay/spdylay.h>

struct bufferevent;
struct event;
struct server;
struct service;
struct stream;
struct tunnel;

enum connection_phase {
    PHASE_OPEN,
    PHASE_LAST_BYTES, /* the session is over, its output is still on the way */
    PHASE_LINGER,     /* our side is shut; input is thrown away until the peer shuts its own */
    PHASE_ENDED       /* about to be freed by the event loop */
};

struct connection {
    TAILQ_ENTRY(connection) link;
    TAILQ_HEAD(stream_list, stream) streams;
    struct server *server;
    struct bufferevent *bev;
    struct tunnel *tunnel; /* NULL: SPDY is directly on the socket */
    spdylay_session *session;
    const struct service *service; /* what its streams are for */
    void *service_data;
    struct event *work;  /* runs the session's output, and frees a connection that has ended */
    struct event *timer; /* idleness, lingering */
    struct event *look;  /* while we do not read: time to see whether the peer is still there */
    uint64_t active_ms;
    unsigned stream_count;
    unsigned holds; /* reasons not to read */
    unsigned looks; /* since we have stopped to read */
    enum connection_phase phase;
    size_t turn_left; /* what may still be sent before others have their turn */
    bool is_plain;    /* SPDY is directly on the TCP connection */
    bool closing;     /* the GOAWAY is on its way */
    bool output_full; /* the session has more to send than the output may hold */
};

/* Takes over the bufferevent with what it has already read, and the service data; frees both on
 * failure. With `tunnelled`, SPDY travels in WebSocket messages. */
void connection_open(struct server *server, struct bufferevent *bev, bool tunnelled,
                     const struct service *service, void *service_data);

/* Has what was submitted to the session sent soon. Needed after anything was submitted outside of
 * the session's own callbacks. */
void connection_flush(struct connection *connection);

/* Resets the streams that are open, as Kubernetes' own servers do, and sends a GOAWAY behind
 * everything else. */
void connection_close(struct connection *connection);

/* Ends the connection at once. It is freed by the event loop, not before the caller returns. */
void connection_abort(struct connection *connection);

/* Stops reading from the peer until the hold is released. Since Kubernetes peers know no
 * flow-control windows, this is the only way to slow them down. */
void connection_hold(struct connection *connection);
void connection_release(struct connection *connection);

/* Takes output of the session; the result is that of a spdylay send callback. */
ssize_t connection_write(struct connection *connection, const uint8_t *data, size_t length);

/* Frees the connection now. For the event loop and the end of the server. */
void connection_free(struct connection *connection);

#endif
