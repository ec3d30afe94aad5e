/* An open connection: moves bytes between the socket and the session, hands out requests, and ends.
 *
 * Callbacks of the library never end a connection. They leave a note in `problem` or on a request;
 * the event handlers here look once the library has returned. */
#include "connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>

#include "../client/clock.h"
#include "../client/xalloc.h"
#include "client.h"
#include "schedule.h"
#include "session.h"
#include "tls.h"
#include "trace.h"

/* How much may be read from the socket before it is given to the session. */
#define INPUT_MAX (512 * 1024)

/* The session is asked for more when less than this is left to send. */
#define OUTPUT_LOW (16 * 1024)

/* How long a farewell may take. */
#define CLOSING_SECONDS 1

struct connection *connection_new(struct client *client, struct origin *origin) {
  struct connection *c = xcalloc(1, sizeof(*c));
  c->client = client;
  c->origin = origin;
  c->number = ++client->connection_count;
  c->times.started = clock_now();
  c->last_input = c->times.started;
  TAILQ_INIT(&c->requests);
  TAILQ_INSERT_TAIL(&client->connections, c, link);
  connection_dial(c);
  return c;
}

void connection_destroy(struct connection *c) {
  connection_cancel_opening(c);
  spdylay_session_del(c->session);
  struct request *request;
  while ((request = TAILQ_FIRST(&c->requests)) != NULL) {
    TAILQ_REMOVE(&c->requests, request, link);
    request_free(request);
  }
  if (c->bev != NULL) {
    bufferevent_free(c->bev);
  }
  if (c->origin->connection == c) {
    c->origin->connection = NULL;
  }
  TAILQ_REMOVE(&c->client->connections, c, link);
  schedule_wake(c->client);
  free(c);
}

/* Ends the session and finds a new place, or an end, for every request. */
static void settle(struct connection *c, enum outcome outcome, const char *reason) {
  bool was_open = c->session != NULL;
  spdylay_session_del(c->session); /* calls nothing back */
  c->session = NULL;
  c->draining = true;
  if (c->origin->connection == c) {
    c->origin->connection = NULL;
  }

  struct request *request;
  while ((request = TAILQ_FIRST(&c->requests)) != NULL) {
    request->state = REQUEST_ASSIGNED; /* no session knows it any more */
    if (request->finished) {
      TAILQ_REMOVE(&c->requests, request, link);
      request_free(request);
    } else if (was_open && request->stream_id == 0 && request_can_restart(request)) {
      schedule_again(c->client, request); /* it never left this machine */
    } else {
      request_fail(request, outcome, "%s", reason);
    }
  }
}

void connection_fail(struct connection *c, enum outcome outcome, const char *reason) {
  char text[400];
  snprintf(text, sizeof(text), "%s", reason); /* `reason` may be in what is about to go */
  trace_note(c->number, "connection failed: %s", text);
  settle(c, outcome, text);
  connection_destroy(c);
}

static void on_closing_timeout(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  connection_destroy(arg);
}

static void destroy_if_flushed(struct connection *c) {
  if (evbuffer_get_length(bufferevent_get_output(c->bev)) > 0) {
    return;
  }
  if (c->ssl != NULL) {
    SSL_shutdown(c->ssl);
    ERR_clear_error();
  }
  connection_destroy(c);
}

/* The session is over and its last frames are in the output buffer. */
static void flush_and_destroy(struct connection *c) {
  const struct timeval patience = {.tv_sec = CLOSING_SECONDS};
  c->state = CONNECTION_CLOSING;
  c->timer = xcheck(evtimer_new(c->client->base, on_closing_timeout, c));
  evtimer_add(c->timer, &patience);
  bufferevent_disable(c->bev, EV_READ);
  bufferevent_setwatermark(c->bev, EV_WRITE, 0, 0);
  destroy_if_flushed(c);
}

void connection_close(struct connection *c) {
  switch (c->state) {
  case CONNECTION_DIALING:
  case CONNECTION_PROXY:
  case CONNECTION_TLS:
    connection_destroy(c);
    break;
  case CONNECTION_OPEN:
    spdylay_submit_goaway(c->session, SPDYLAY_GOAWAY_OK);
    spdylay_session_send(c->session);
    settle(c, OUTCOME_OK, "");
    flush_and_destroy(c);
    break;
  case CONNECTION_CLOSING:
    break;
  }
}

void connection_pump(struct connection *c) {
  if (c->state != CONNECTION_OPEN) {
    return;
  }
  int error = spdylay_session_send(c->session);
  if (error != 0) {
    connection_fail(c, OUTCOME_INTERNAL, spdylay_strerror(error));
    return;
  }
  bool wants = spdylay_session_want_read(c->session) || spdylay_session_want_write(c->session);
  if (wants && !c->broken) {
    return;
  }
  /* Either side has ended the session. Without streams it ends as it should; with some, the library
   * has found the server breaking the rules. */
  const char *reason = c->problem;
  if (reason[0] == '\0') {
    reason = c->goaway_received ? "the server ended the session" : "the server broke the protocol";
  }
  settle(c, OUTCOME_SPDY, reason);
  flush_and_destroy(c);
}

/* False: the session, and with it the connection, cannot go on. */
static bool feed_session(struct connection *c, const uint8_t *data, size_t len) {
  c->last_input = clock_now();
  if (!c->spoke && len >= 5 && memcmp(data, "HTTP/", 5) == 0) {
    snprintf(c->problem, sizeof(c->problem), "the server speaks HTTP/1, not SPDY");
    return false;
  }
  c->spoke = true;
  ssize_t n = spdylay_session_mem_recv(c->session, data, len);
  if (n < 0) {
    snprintf(c->problem, sizeof(c->problem), "%s", spdylay_strerror((int)n));
    return false;
  }
  return true;
}

static bool feed_buffered(struct connection *c, struct evbuffer *input) {
  size_t len;
  while ((len = evbuffer_get_contiguous_space(input)) > 0) {
    if (!feed_session(c, evbuffer_pullup(input, (ev_ssize_t)len), len)) {
      return false;
    }
    evbuffer_drain(input, len);
  }
  return true;
}

/* libevent 2.1 takes at most 4 KiB at a time from a plain socket, so a fast download would go
 * through the event loop for every DATA frame. This takes what else has arrived. The end of the
 * connection is left for libevent to find. */
static bool feed_unbuffered(struct connection *c) {
  static uint8_t buf[65536];
  ssize_t n = sizeof(buf);
  for (int i = 0; i < 4 && n == (ssize_t)sizeof(buf); i++) {
    n = recv(bufferevent_getfd(c->bev), buf, sizeof(buf), MSG_DONTWAIT);
    if (n > 0 && !feed_session(c, buf, (size_t)n)) {
      return false;
    }
  }
  return true;
}

static void on_read(struct bufferevent *bev, void *arg) {
  struct connection *c = arg;
  bool ok = feed_buffered(c, bufferevent_get_input(bev)) &&
            (c->ssl != NULL || feed_unbuffered(c));
  if (!ok) {
    connection_fail(c, OUTCOME_SPDY, c->problem);
    return;
  }
  connection_pump(c);
}

static void on_write(struct bufferevent *bev, void *arg) {
  (void)bev;
  struct connection *c = arg;
  if (c->state == CONNECTION_CLOSING) {
    destroy_if_flushed(c); /* this call may date from before the farewell */
  } else {
    connection_pump(c);
  }
}

static void on_event(struct bufferevent *bev, short what, void *arg) {
  struct connection *c = arg;
  int socket_error = EVUTIL_SOCKET_ERROR();
  if (c->state == CONNECTION_CLOSING) {
    connection_destroy(c);
    return;
  }
  /* What came before the end still counts. */
  if (!feed_buffered(c, bufferevent_get_input(bev)) || c->broken) {
    connection_fail(c, OUTCOME_SPDY, c->problem);
    return;
  }

  char reason[400];
  unsigned long tls_error = c->ssl != NULL ? bufferevent_get_openssl_error(bev) : 0;
  ERR_clear_error();
  if (!tls_is_socket_error(tls_error)) {
    tls_describe_failure(c->ssl, tls_error, reason, sizeof(reason));
    connection_fail(c, OUTCOME_TLS, reason);
    return;
  }
  if (c->goaway_received) {
    connection_fail(c, OUTCOME_SPDY, "the server ended the session before the response was complete");
    return;
  }
  if ((what & BEV_EVENT_ERROR) && socket_error != 0) {
    snprintf(reason, sizeof(reason), "connection lost: %s", strerror(socket_error));
  } else {
    snprintf(reason, sizeof(reason), "the server closed the connection before the response was %s",
             c->spoke ? "complete" : "sent");
  }
  connection_fail(c, OUTCOME_CONNECT, reason);
}

static void submit(struct connection *c, struct request *request) {
  int error = session_submit(c, request);
  if (error == SPDYLAY_ERR_STREAM_ID_NOT_AVAILABLE && request_can_restart(request)) {
    c->draining = true;
    if (c->origin->connection == c) {
      c->origin->connection = NULL;
    }
    schedule_again(c->client, request);
  } else if (error != 0) {
    request_fail(request, OUTCOME_INTERNAL, "%s", spdylay_strerror(error));
  }
}

void connection_add(struct connection *c, struct request *request) {
  request->connection = c;
  request->state = REQUEST_ASSIGNED;
  request->owns_connection_times = TAILQ_EMPTY(&c->requests) && c->state == CONNECTION_DIALING;
  TAILQ_INSERT_TAIL(&c->requests, request, link);
  c->active++;
  if (c->state == CONNECTION_OPEN) {
    submit(c, request);
  }
}

void connection_start_session(struct connection *c, struct evbuffer *early) {
  int error = session_start(c);
  if (error != 0) {
    connection_fail(c, OUTCOME_INTERNAL, spdylay_strerror(error));
    return;
  }
  c->state = CONNECTION_OPEN;
  trace_note(c->number, "session open: %s with %s", trace_version_name(c->version),
             c->origin->key);
  stats_add_connection(c->client->stats, c);

  struct request *next;
  for (struct request *r = TAILQ_FIRST(&c->requests); r != NULL; r = next) {
    next = TAILQ_NEXT(r, link);
    submit(c, r);
  }
  bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
  bufferevent_setwatermark(c->bev, EV_READ, 0, INPUT_MAX);
  bufferevent_setwatermark(c->bev, EV_WRITE, OUTPUT_LOW, 0);
  bufferevent_enable(c->bev, EV_READ | EV_WRITE);
  if (early != NULL && !feed_buffered(c, early)) {
    connection_fail(c, OUTCOME_SPDY, c->problem);
    return;
  }
  connection_pump(c);
}
