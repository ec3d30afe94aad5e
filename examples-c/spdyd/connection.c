#define _GNU_SOURCE
#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>

#include "../common/clock.h"
#include "../common/diagnostic.h"
#include "session.h"
#include "stream.h"
#include "tls.h"
#include "verbose.h"
#include "worker.h"

/* A slow reader costs no more than this: the session is asked for more when the output has sunk to
 * the low mark, and told to wait at the high one. */
#define OUTPUT_HIGH_MARK (128 * 1024)
#define OUTPUT_LOW_MARK (32 * 1024)

/* Room for about four DATA frames in one piece, for each piece becomes a TLS record. Leaves space
 * for libevent's header within 16 KiB. */
#define OUTPUT_PIECE 16000

/* Frames waiting behind a full output, above which we stop to read. Only a peer that asks without
 * end and reads no answers gets there. */
#define QUEUE_HIGH_MARK 1000

const char *version_name(uint16_t version)
{
    switch (version) {
    case SPDYLAY_PROTO_SPDY2:
        return "SPDY/2";
    case SPDYLAY_PROTO_SPDY3:
        return "SPDY/3";
    case SPDYLAY_PROTO_SPDY3_1:
        return "SPDY/3.1";
    default:
        return "-";
    }
}

static struct connection_list *list_of(struct connection *connection)
{
    return connection->phase <= PHASE_OPEN ? &connection->worker->active
                                           : &connection->worker->closing;
}

static void touch(struct connection *connection)
{
    struct connection_list *list = list_of(connection);

    connection->active_ms = clock_ms();
    if (TAILQ_NEXT(connection, link) != NULL) {
        TAILQ_REMOVE(list, connection, link);
        TAILQ_INSERT_TAIL(list, connection, link);
    }
}

static void set_phase(struct connection *connection, enum connection_phase phase)
{
    TAILQ_REMOVE(list_of(connection), connection, link);
    connection->phase = phase;
    connection->active_ms = clock_ms();
    TAILQ_INSERT_TAIL(list_of(connection), connection, link);
}

static size_t output_length(const struct connection *connection)
{
    return evbuffer_get_length(bufferevent_get_output(connection->bev));
}

/* Output that leaves is activity as well: a SPDY/2 download may run for minutes without a byte
 * from the peer. */
static void on_output_changed(struct evbuffer *output, const struct evbuffer_cb_info *info,
                              void *arg)
{
    struct connection *connection = arg;

    (void)output;
    if (info->n_deleted > 0 && connection->phase != PHASE_LINGER)
        touch(connection);
}

void connection_free(struct connection *connection)
{
    struct worker *worker = connection->worker;
    struct stream *stream;

    /* Deleting a session calls nothing back, so its streams are ours to free, and first. */
    while ((stream = TAILQ_FIRST(&connection->streams)) != NULL)
        stream_free(stream);
    spdylay_session_del(connection->session);
    verbose_closed(connection);
    TAILQ_REMOVE(list_of(connection), connection, link);
    evbuffer_remove_cb(bufferevent_get_output(connection->bev), on_output_changed, connection);
    bufferevent_free(connection->bev);
    free(connection->client_subject);
    free(connection);
    worker_connection_gone(worker);
}

/* Closing a socket with unread input makes TCP discard what the peer has not read yet, our GOAWAY
 * for one. So our side is shut first, and the socket closed when the peer has followed. */
static void linger(struct connection *connection)
{
    set_phase(connection, PHASE_LINGER);
    tls_say_goodbye(connection->bev);
    shutdown(bufferevent_getfd(connection->bev), SHUT_WR);
    bufferevent_enable(connection->bev, EV_READ);
}

static void finish(struct connection *connection)
{
    set_phase(connection, PHASE_LAST_BYTES);
    bufferevent_setwatermark(connection->bev, EV_WRITE, 0, 0);
    if (output_length(connection) == 0)
        linger(connection);
}

static void pause_or_resume_reading(struct connection *connection)
{
    bool pause = connection->output_full &&
                 spdylay_session_get_outbound_queue_size(connection->session) > QUEUE_HIGH_MARK;

    if (pause == connection->reading_paused)
        return;
    connection->reading_paused = pause;
    if (pause)
        bufferevent_disable(connection->bev, EV_READ);
    else
        bufferevent_enable(connection->bev, EV_READ);
}

void connection_flush(struct connection *connection)
{
    int result;

    connection->output_full = false;
    /* Asked whatever want_write says: a session that has failed answers 0 there while the GOAWAY
     * that tells the peer why is still queued. */
    result = spdylay_session_send(connection->session);
    if (result != 0) {
        diagnostic("%s: %s", connection->peer, spdylay_strerror(result));
        connection_free(connection);
        return;
    }
    if (!connection->output_full && !spdylay_session_want_read(connection->session) &&
        !spdylay_session_want_write(connection->session))
        finish(connection);
    else
        pause_or_resume_reading(connection);
}

ssize_t connection_write(struct connection *connection, const uint8_t *data, size_t length)
{
    struct evbuffer *output = bufferevent_get_output(connection->bev);
    size_t waiting = evbuffer_get_length(output);

    if (waiting >= OUTPUT_HIGH_MARK) {
        connection->output_full = true;
        return SPDYLAY_ERR_WOULDBLOCK;
    }
    if ((waiting == 0 && evbuffer_expand(output, OUTPUT_PIECE) != 0) ||
        evbuffer_add(output, data, length) != 0)
        return SPDYLAY_ERR_CALLBACK_FAILURE;
    return (ssize_t)length;
}

void connection_drain(struct connection *connection)
{
    connection->draining = true;
    if (connection->phase == PHASE_HANDSHAKE) {
        connection_free(connection);
    } else if (connection->phase == PHASE_OPEN) {
        if (spdylay_submit_goaway(connection->session, SPDYLAY_GOAWAY_OK) == 0)
            connection_flush(connection);
        else
            connection_free(connection);
    }
}

void connection_time_out(struct connection *connection)
{
    if (connection->phase == PHASE_OPEN && !connection->draining &&
        TAILQ_EMPTY(&connection->streams) && output_length(connection) == 0) {
        connection_drain(connection);
        return;
    }
    diagnostic("%s: closed, nothing moved for %u seconds%s", connection->peer,
               connection->worker->server->options.idle_timeout,
               connection->phase == PHASE_HANDSHAKE ? " in the TLS handshake" : "");
    connection_free(connection);
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct connection *connection = arg;
    struct evbuffer *input = bufferevent_get_input(bev);
    size_t length;

    if (connection->phase != PHASE_OPEN) {
        evbuffer_drain(input, evbuffer_get_length(input));
        return;
    }
    touch(connection);
    while ((length = evbuffer_get_contiguous_space(input)) > 0) {
        ssize_t used = spdylay_session_mem_recv(connection->session,
                                                evbuffer_pullup(input, (ev_ssize_t)length), length);

        if (used < 0) {
            diagnostic("%s: %s", connection->peer, spdylay_strerror((int)used));
            connection_free(connection);
            return;
        }
        evbuffer_drain(input, length);
    }
    connection_flush(connection);
}

static void on_written(struct bufferevent *bev, void *arg)
{
    struct connection *connection = arg;

    (void)bev;
    if (connection->phase == PHASE_LAST_BYTES && output_length(connection) == 0)
        linger(connection);
    else if (connection->phase == PHASE_OPEN && connection->output_full)
        connection_flush(connection);
}

/* The protocol is known: from here on there is a session. May free. */
static void start_session(struct connection *connection, uint16_t version)
{
    connection->version = version;
    if (!session_open(connection)) {
        diagnostic("%s: no memory for a session", connection->peer);
        connection_free(connection);
        return;
    }
    set_phase(connection, PHASE_OPEN);
    verbose_opened(connection);
    connection_flush(connection);
}

static void on_handshake_done(struct connection *connection)
{
    SSL *ssl = bufferevent_openssl_get_ssl(connection->bev);
    uint16_t version = tls_negotiated_version(ssl);

    /* With NPN the client has the last word, and may choose what was not offered. */
    if ((connection->worker->server->options.versions & VERSION_BIT(version)) == 0) {
        diagnostic("%s: closed, the client negotiated no SPDY version on offer", connection->peer);
        connection_free(connection);
        return;
    }
    connection->client_subject = tls_client_subject(ssl);
    if (connection->client_subject != NULL)
        diagnostic("%s: client certificate %s (issuer not checked)", connection->peer,
                   connection->client_subject);
    start_session(connection, version);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct connection *connection = arg;

    if (what & BEV_EVENT_CONNECTED) {
        on_handshake_done(connection);
        return;
    }
    if (connection->phase == PHASE_HANDSHAKE && (what & BEV_EVENT_ERROR)) {
        char reason[TLS_REASON_SIZE];

        tls_failure_reason(bev, reason);
        diagnostic("%s: TLS handshake failed: %s", connection->peer, reason);
    }
    connection_free(connection);
}

static struct bufferevent *new_bufferevent(struct worker *worker, int fd)
{
    SSL *ssl;

    if (worker->server->tls == NULL)
        return bufferevent_socket_new(worker->base, fd, BEV_OPT_CLOSE_ON_FREE);
    ssl = tls_new_connection(worker->server->tls);
    if (ssl == NULL)
        return NULL;
    /* Owns the SSL from here on, also when it fails. */
    return bufferevent_openssl_socket_new(worker->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                          BEV_OPT_CLOSE_ON_FREE);
}

static struct connection *new_connection(struct worker *worker, int fd)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return NULL;
    connection->bev = new_bufferevent(worker, fd);
    if (connection->bev == NULL) {
        free(connection);
        return NULL;
    }
    connection->worker = worker;
    connection->number = atomic_fetch_add(&worker->server->connections_seen, 1) + 1;
    connection->opened_ms = connection->active_ms = clock_ms();
    connection->phase = PHASE_HANDSHAKE;
    TAILQ_INIT(&connection->streams);
    TAILQ_INSERT_TAIL(&worker->active, connection, link);
    return connection;
}

void connection_open(struct worker *worker, int fd)
{
    struct connection *connection = new_connection(worker, fd);
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof(peer);
    int on = 1;

    if (connection == NULL) {
        diagnostic("no memory for a connection");
        close(fd);
        worker_connection_gone(worker);
        return;
    }
    getpeername(fd, (struct sockaddr *)&peer, &length);
    address_text(&peer, connection->peer);
    /* Frames are written whole and at the right moment; waiting for more only adds delay. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    bufferevent_set_max_single_write(connection->bev, OUTPUT_HIGH_MARK);
    bufferevent_setwatermark(connection->bev, EV_WRITE, OUTPUT_LOW_MARK, 0);
    bufferevent_setcb(connection->bev, on_read, on_written, on_event, connection);
    evbuffer_add_cb(bufferevent_get_output(connection->bev), on_output_changed, connection);
    bufferevent_enable(connection->bev, EV_READ | EV_WRITE);
    if (worker->server->tls == NULL)
        start_session(connection, options_plain_version(&worker->server->options));
}
