#define _GNU_SOURCE
#include "connection.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>

#include "../common/clock.h"
#include "../common/diagnostic.h"
#include "../common/tls_identity.h"
#include "server.h"
#include "service.h"
#include "session.h"
#include "stream.h"
#include "tunnel.h"

/* A slow reader costs no more than this: the session is asked for more when the output has sunk to
 * the low mark, and told to wait at the high one. */
#define OUTPUT_HIGH_MARK (256 * 1024)
#define OUTPUT_LOW_MARK (64 * 1024)

/* What one turn of the event loop takes from a socket at most, so that one connection cannot keep
 * the others waiting. */
#define READ_PIECE (64 * 1024)
#define READ_TURN (4 * READ_PIECE)

/* What one turn sends at most. */
#define OUTPUT_TURN (256 * 1024)

/* How long a closing connection waits for the peer to close as well. */
#define LINGER_SECONDS 5

/* While a connection is not read from, how often to look whether it still stands. libevent cannot
 * tell: it reports a TCP reset as readable and writable only, and would go on doing so. */
#define LOOK_SECONDS 1

/* A dead peer answers a PING with a TCP reset. Without it a killed kubectl would go unnoticed for
 * as long as we do not read, for its last words may fill the socket. */
#define LOOKS_PER_PROBE 5

static size_t output_length(const struct connection *connection)
{
    return evbuffer_get_length(bufferevent_get_output(connection->bev));
}

static void start_timer(struct event *timer, unsigned seconds)
{
    const struct timeval after = {.tv_sec = (time_t)seconds};

    event_add(timer, &after);
}

void connection_free(struct connection *connection)
{
    struct server *server = connection->server;
    struct stream *stream;

    connection->phase = PHASE_ENDED;
    /* Deleting a session calls nothing back, so its streams are ours to free, and first: they may
     * still hold the connection. */
    while ((stream = TAILQ_FIRST(&connection->streams)) != NULL)
        stream_free(stream);
    connection->service->free(connection->service_data);
    spdylay_session_del(connection->session);
    tunnel_free(connection->tunnel);
    event_free(connection->work);
    event_free(connection->timer);
    event_free(connection->look);
    bufferevent_free(connection->bev);
    TAILQ_REMOVE(&server->connections, connection, link);
    free(connection);
    server_connection_gone(server);
}

void connection_abort(struct connection *connection)
{
    connection->phase = PHASE_ENDED;
    bufferevent_disable(connection->bev, EV_READ | EV_WRITE);
    event_active(connection->work, EV_TIMEOUT, 0);
}

/* Closing a socket with unread input makes TCP discard what the peer has not read yet, our GOAWAY
 * for one. So our side is shut first, and the socket closed when the peer has followed. */
static void linger(struct connection *connection)
{
    connection->phase = PHASE_LINGER;
    tls_say_goodbye(connection->bev);
    shutdown(bufferevent_getfd(connection->bev), SHUT_WR);
    bufferevent_enable(connection->bev, EV_READ);
    start_timer(connection->timer, LINGER_SECONDS);
}

static void finish(struct connection *connection)
{
    connection->phase = PHASE_LAST_BYTES;
    if (connection->tunnel != NULL)
        tunnel_close(connection->tunnel, TUNNEL_NORMAL_END);
    bufferevent_setwatermark(connection->bev, EV_WRITE, 0, 0);
    start_timer(connection->timer, LINGER_SECONDS);
    if (output_length(connection) == 0)
        linger(connection);
}

static void run_output(struct connection *connection)
{
    const struct timeval at_once = {.tv_sec = 0};
    int result;

    connection->output_full = false;
    connection->turn_left = OUTPUT_TURN;
    /* Asked whatever want_write says: a session that has failed answers 0 there while the GOAWAY
     * that tells the peer why is still queued. */
    result = spdylay_session_send(connection->session);
    if (result != 0) {
        diagnostic("sending: %s", spdylay_strerror(result));
        connection_abort(connection);
    } else if (connection->turn_left == 0) {
        event_add(connection->work, &at_once);
    } else if (!connection->output_full && !spdylay_session_want_read(connection->session) &&
               !spdylay_session_want_write(connection->session)) {
        finish(connection);
    }
}

/* Everything that a callback of the session or of another event asks for comes together here: one
 * place where the session sends, and one where a connection is freed, with no caller above that
 * could still use it. */
static void on_work(evutil_socket_t fd, short what, void *arg)
{
    struct connection *connection = arg;

    (void)fd;
    (void)what;
    if (connection->phase == PHASE_ENDED)
        connection_free(connection);
    else if (connection->phase == PHASE_OPEN)
        run_output(connection);
}

void connection_flush(struct connection *connection)
{
    event_active(connection->work, EV_TIMEOUT, 0);
}

void connection_close(struct connection *connection)
{
    struct stream *stream;

    if (connection->phase != PHASE_OPEN || connection->closing)
        return;
    connection->closing = true;
    /* The GOAWAY comes last, for moby/spdystream reads nothing behind it. Output that waits for
     * more to come will not get it. */
    TAILQ_FOREACH(stream, &connection->streams, link)
    spdylay_submit_rst_stream(connection->session, stream->id, SPDYLAY_CANCEL);
    if (spdylay_session_shutdown(connection->session, SPDYLAY_GOAWAY_OK) == 0)
        connection_flush(connection);
    else
        connection_abort(connection);
    start_timer(connection->timer, LINGER_SECONDS);
}

/* Usually the socket has room, and nothing need be copied. A connection that has failed is left for
 * libevent to find. */
static size_t write_directly(const struct connection *connection, const uint8_t *data,
                             size_t length)
{
    ssize_t n = send(bufferevent_getfd(connection->bev), data, length, MSG_NOSIGNAL);

    return n < 0 ? 0 : (size_t)n;
}

ssize_t connection_write(struct connection *connection, const uint8_t *data, size_t length)
{
    struct evbuffer *output = bufferevent_get_output(connection->bev);
    size_t written = 0;

    if (evbuffer_get_length(output) >= OUTPUT_HIGH_MARK) {
        connection->output_full = true;
        return SPDYLAY_ERR_WOULDBLOCK;
    }
    if (connection->turn_left == 0)
        return SPDYLAY_ERR_WOULDBLOCK;
    connection->turn_left -= length < connection->turn_left ? length : connection->turn_left;
    connection->active_ms = clock_ms();
    if (connection->tunnel != NULL)
        return tunnel_send(connection->tunnel, data, length) ? (ssize_t)length
                                                             : SPDYLAY_ERR_CALLBACK_FAILURE;
    if (connection->is_plain && evbuffer_get_length(output) == 0)
        written = write_directly(connection, data, length);
    if (evbuffer_add(output, data + written, length - written) != 0)
        return SPDYLAY_ERR_CALLBACK_FAILURE;
    return (ssize_t)length;
}

void connection_hold(struct connection *connection)
{
    if (connection->holds++ > 0 || connection->phase != PHASE_OPEN)
        return;
    bufferevent_disable(connection->bev, EV_READ);
    connection->looks = 0;
    start_timer(connection->look, LOOK_SECONDS);
}

void connection_release(struct connection *connection)
{
    if (--connection->holds > 0 || connection->phase != PHASE_OPEN)
        return;
    event_del(connection->look);
    bufferevent_enable(connection->bev, EV_READ);
    /* What has been read already makes no event of its own. */
    bufferevent_trigger(connection->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
    struct connection *connection = arg;
    struct pollfd socket = {.fd = bufferevent_getfd(connection->bev), .events = POLLRDHUP};

    (void)fd;
    (void)what;
    if (connection->phase != PHASE_OPEN)
        return;
    if (poll(&socket, 1, 0) > 0) {
        connection_abort(connection);
        return;
    }
    if (++connection->looks % LOOKS_PER_PROBE == 0 &&
        spdylay_submit_ping(connection->session) == 0)
        connection_flush(connection);
    start_timer(connection->look, LOOK_SECONDS);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct connection *connection = arg;
    unsigned limit = connection->server->options.idle_timeout;
    uint64_t idle = (clock_ms() - connection->active_ms) / 1000;

    (void)fd;
    (void)what;
    if (connection->phase != PHASE_OPEN || connection->closing)
        connection_abort(connection);
    else if (idle >= limit)
        connection_close(connection);
    else
        start_timer(connection->timer, limit - (unsigned)idle);
}

/* False: the session cannot go on. */
static bool receive(struct connection *connection, const uint8_t *data, size_t length)
{
    ssize_t result;

    connection->active_ms = clock_ms();
    if (connection->tunnel != NULL)
        return tunnel_receive(connection->tunnel, connection->session, data, length);
    result = spdylay_session_mem_recv(connection->session, data, length);
    if (result < 0)
        diagnostic("receiving: %s", spdylay_strerror((int)result));
    return result >= 0;
}

static bool receive_buffered(struct connection *connection, struct evbuffer *input)
{
    size_t length;

    while (connection->holds == 0 && connection->phase == PHASE_OPEN &&
           (length = evbuffer_get_contiguous_space(input)) > 0) {
        if (!receive(connection, evbuffer_pullup(input, (ev_ssize_t)length), length))
            return false;
        evbuffer_drain(input, length);
    }
    return true;
}

/* libevent 2.1 takes at most 4 KiB at a time from a plain socket, so a fast upload would go through
 * the event loop several times for every DATA frame. This takes what else has arrived. The end of
 * the connection is left for libevent to find. */
static bool receive_unbuffered(struct connection *connection)
{
    static uint8_t piece[READ_PIECE];
    ssize_t n = sizeof(piece);

    for (size_t taken = 0; taken < READ_TURN && n == (ssize_t)sizeof(piece); taken += (size_t)n) {
        if (connection->holds > 0 || connection->phase != PHASE_OPEN)
            break;
        n = recv(bufferevent_getfd(connection->bev), piece, sizeof(piece), MSG_DONTWAIT);
        if (n <= 0)
            break;
        if (!receive(connection, piece, (size_t)n))
            return false;
    }
    return true;
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct connection *connection = arg;
    struct evbuffer *input = bufferevent_get_input(bev);
    bool good;

    if (connection->phase != PHASE_OPEN) {
        evbuffer_drain(input, evbuffer_get_length(input));
        return;
    }
    good = receive_buffered(connection, input);
    if (good && evbuffer_get_length(input) == 0 && bufferevent_openssl_get_ssl(bev) == NULL)
        good = receive_unbuffered(connection);
    if (good)
        connection_flush(connection);
    else if (connection->tunnel != NULL)
        finish(connection);
    else
        connection_abort(connection);
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

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        connection_abort(arg);
}

static bool make_parts(struct connection *connection, bool tunnelled)
{
    struct event_base *base = connection->server->base;
    struct bufferevent *bev = connection->bev;

    connection->work = event_new(base, -1, 0, on_work, connection);
    connection->timer = evtimer_new(base, on_timer, connection);
    connection->look = evtimer_new(base, on_look, connection);
    if (connection->work == NULL || connection->timer == NULL || connection->look == NULL)
        return false;
    if (tunnelled && (connection->tunnel = tunnel_new(bufferevent_get_output(bev))) == NULL)
        return false;
    return session_open(connection);
}

static void drop_parts(struct connection *connection)
{
    struct event *events[] = {connection->work, connection->timer, connection->look};

    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
        if (events[i] != NULL)
            event_free(events[i]);
    }
    tunnel_free(connection->tunnel);
    free(connection);
}

void connection_open(struct server *server, struct bufferevent *bev, bool tunnelled,
                     const struct service *service, void *service_data)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection != NULL) {
        connection->server = server;
        connection->bev = bev;
        connection->active_ms = clock_ms();
        connection->is_plain = !tunnelled && bufferevent_openssl_get_ssl(bev) == NULL;
        TAILQ_INIT(&connection->streams);
    }
    if (connection == NULL || !make_parts(connection, tunnelled)) {
        diagnostic("no memory for a connection");
        if (connection != NULL)
            drop_parts(connection);
        service->free(service_data);
        bufferevent_free(bev);
        server_connection_gone(server);
        return;
    }
    connection->service = service;
    connection->service_data = service_data;
    TAILQ_INSERT_TAIL(&server->connections, connection, link);
    service->started(service_data, connection);
    bufferevent_set_timeouts(bev, NULL, NULL);
    bufferevent_set_max_single_write(bev, OUTPUT_HIGH_MARK);
    bufferevent_setwatermark(bev, EV_WRITE, OUTPUT_LOW_MARK, 0);
    bufferevent_setcb(bev, on_read, on_written, on_event, connection);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
    start_timer(connection->timer, server->options.idle_timeout);
    /* The peer may have sent its first frames right behind the request. */
    bufferevent_trigger(bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}
