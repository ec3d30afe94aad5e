/* One connection: bytes between a bufferevent (plain or TLS) and a spdylay session, and the end of
 * both. */
#ifndef SPDYD_CONNECTION_H
#define SPDYD_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <spdylay/spdylay.h>

#include "../common/listener.h"

struct bufferevent;
struct stream;
struct worker;

enum connection_phase {
    PHASE_HANDSHAKE, /* TLS; there is no session yet */
    PHASE_OPEN,
    PHASE_LAST_BYTES, /* the session is over, its output is still on the way */
    PHASE_LINGER      /* our side is shut; input is thrown away until the peer shuts its own */
};

struct connection {
    TAILQ_ENTRY(connection) link; /* in one of the worker's lists, by active_ms */
    TAILQ_HEAD(stream_list, stream) streams;
    struct worker *worker;
    struct bufferevent *bev;
    spdylay_session *session;
    char *client_subject; /* of the client's certificate, or NULL */
    uint64_t active_ms;   /* when bytes last moved, or the phase changed */
    uint64_t opened_ms;
    unsigned number;
    uint16_t version; /* spdylay_proto_version */
    enum connection_phase phase;
    bool output_full; /* the session has more to send than the output may hold */
    bool reading_paused;
    bool draining; /* GOAWAY was submitted */
    char peer[ADDRESS_TEXT_SIZE];
};

/* Takes over the socket. */
void connection_open(struct worker *worker, int fd);

/* Ends the connection at once, with its session and streams. */
void connection_free(struct connection *connection);

/* Sends what the session has to say. Needed after anything was submitted outside of the session's
 * own callbacks. The connection may be freed on return. */
void connection_flush(struct connection *connection);

/* Starts the orderly end: GOAWAY, then the running streams, then the close. May free. */
void connection_drain(struct connection *connection);

/* Nothing has moved for the idle time-out: an unused connection is drained, a stuck one ends. May
 * free. */
void connection_time_out(struct connection *connection);

/* Takes output of the session; the result is that of a spdylay send callback. */
ssize_t connection_write(struct connection *connection, const uint8_t *data, size_t length);

const char *version_name(uint16_t version);

#endif
