/* Moves bytes between the socket and the session, keeps the connection alive, and notices its end. */
#define _DEFAULT_SOURCE

#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>

#include "../client/clock.h"
#include "../client/xalloc.h"
#include "client.h"
#include "session.h"

/* How much may be read from the socket before it is given to the session. */
#define INPUT_MAX (256 * 1024)
#define READ_CHUNK (64 * 1024)

/* The session is asked for more when less than this is left to send. */
#define OUTPUT_LOW (64 * 1024)

/* As often as kubectl. It keeps proxies from taking the connection for idle. */
#define PING_AFTER_MS 5000

/* How often the silence of the server is looked at. */
#define WATCH_SECONDS 1

/* After GOAWAY everything is said. */
#define GOAWAY_SECONDS 2
#define FAREWELL_SECONDS 1

static void end(struct connection *c, enum connection_end how, const char *reason) {
  if (!c->ended) {
    c->ended = true;
    c->on_end(c->arg, how, reason);
  }
}

static void end_without_more(struct connection *c, const char *reason) {
  end(c, c->goaway ? CONNECTION_GOAWAY : CONNECTION_LOST, reason);
}

static void pump(struct connection *c) {
  int error = spdylay_session_send(c->session);
  if (error != 0) {
    end(c, CONNECTION_BROKEN, spdylay_strerror(error));
    return;
  }
  /* While it is paused, no session wants to read. */
  bool alive = c->pauses > 0 || spdylay_session_want_read(c->session) ||
               spdylay_session_want_write(c->session);
  if (c->problem[0] != '\0' || (!alive && !c->goaway)) {
    end(c, CONNECTION_BROKEN, c->problem[0] != '\0' ? c->problem : "a frame that is not allowed");
  }
}

/* How much was taken: all, unless that has led to a pause. Negative: the end. */
static ssize_t feed(struct connection *c, const uint8_t *data, size_t len) {
  ssize_t n = spdylay_session_mem_recv(c->session, data, len);
  if (n < 0) {
    end(c, CONNECTION_BROKEN, c->problem[0] != '\0' ? c->problem : spdylay_strerror((int)n));
  }
  return n;
}

static void feed_buffered(struct connection *c) {
  struct evbuffer *input = bufferevent_get_input(c->bev);
  size_t len;
  while (c->pauses == 0 && (len = evbuffer_get_contiguous_space(input)) > 0) {
    ssize_t taken = feed(c, evbuffer_pullup(input, (ev_ssize_t)len), len);
    if (taken < 0) {
      return;
    }
    evbuffer_drain(input, (size_t)taken);
  }
}

/* libevent takes at most 4 KiB at a time from a plain socket; this takes what else has arrived. What
 * the session leaves goes where libevent would have put it. The end of the connection is left for
 * libevent to find. */
static void feed_unbuffered(struct connection *c) {
  static uint8_t buf[READ_CHUNK];
  ssize_t n = sizeof(buf);
  for (int i = 0; i < 4 && n == (ssize_t)sizeof(buf) && c->pauses == 0; i++) {
    n = recv(bufferevent_getfd(c->bev), buf, sizeof(buf), MSG_DONTWAIT);
    ssize_t taken = n > 0 ? feed(c, buf, (size_t)n) : 0;
    if (taken < 0) {
      return;
    }
    if (taken < n) {
      xcheck(evbuffer_prepend(bufferevent_get_input(c->bev), buf + taken, (size_t)(n - taken)) == 0
                 ? c
                 : NULL);
    }
  }
}

static void on_read(struct bufferevent *bev, void *arg) {
  (void)bev;
  struct connection *c = arg;
  feed_buffered(c);
  if (c->ssl == NULL && c->pauses == 0 && !c->ended) {
    feed_unbuffered(c);
  }
  pump(c);
}

static void on_write(struct bufferevent *bev, void *arg) {
  (void)bev;
  pump(arg);
}

static void on_wake(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  struct connection *c = arg;
  feed_buffered(c);
  pump(c);
}

void connection_wake(struct connection *c) {
  event_active(c->wake, EV_READ, 0);
}

/* What the server said before its end still counts, even if it was our writing that failed. */
static void feed_rest(struct connection *c) {
  static uint8_t buf[READ_CHUNK];
  ssize_t n;
  c->pauses = 0;
  spdylay_session_set_recv_paused(c->session, 0);
  feed_buffered(c);
  do {
    n = c->ssl != NULL ? SSL_read(c->ssl, buf, sizeof(buf))
                       : recv(bufferevent_getfd(c->bev), buf, sizeof(buf), MSG_DONTWAIT);
  } while (n > 0 && feed(c, buf, (size_t)n) >= 0);
}

static void on_event(struct bufferevent *bev, short what, void *arg) {
  struct connection *c = arg;
  int error = EVUTIL_SOCKET_ERROR();
  c->cut = true;
  bufferevent_disable(bev, EV_READ | EV_WRITE);
  feed_rest(c);
  ERR_clear_error();
  end_without_more(c, (what & BEV_EVENT_ERROR) && error != 0 ? strerror(error)
                                                             : "closed by the server");
}

/* Is there something that the server has not taken yet? Then its silence may be ours to blame. */
static bool is_output_stuck(struct connection *c) {
  int unsent = 0;
  ioctl(bufferevent_getfd(c->bev), TIOCOUTQ, &unsent);
  return unsent > 0 || evbuffer_get_length(bufferevent_get_output(c->bev)) > 0;
}

/* A server whose echo is missing need not be gone: moby/spdystream holds PINGs back behind data that
 * its program does not read. One that says nothing at all for long, and has read everything, is. */
static void on_watch_timer(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  struct connection *c = arg;
  if (c->pauses > 0 || is_output_stuck(c)) {
    c->excused = clock_now();
    return;
  }
  int64_t unexcused_ms = (clock_now() - c->excused) / 1000;
  int64_t silent_ms = spdylay_session_keep_alive(c->session, PING_AFTER_MS);
  if (silent_ms > unexcused_ms) {
    silent_ms = unexcused_ms;
  }
  if (silent_ms > c->client->options->silence * INT64_C(1000)) {
    end_without_more(c, "nothing heard from the server for too long");
    return;
  }
  pump(c);
}

static void on_goaway_timer(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  end_without_more(arg, "the server ended the session");
}

void connection_on_goaway(struct connection *c) {
  const struct timeval rest = {.tv_sec = GOAWAY_SECONDS};
  c->goaway = true;
  evtimer_add(c->goaway_timer, &rest);
}

void connection_pause(struct connection *c) {
  if (c->pauses++ == 0 && !c->cut) {
    spdylay_session_set_recv_paused(c->session, 1);
    bufferevent_disable(c->bev, EV_READ);
  }
}

void connection_resume(struct connection *c) {
  if (c->pauses > 0 && --c->pauses == 0 && !c->ended) {
    spdylay_session_set_recv_paused(c->session, 0);
    bufferevent_enable(c->bev, EV_READ);
    connection_wake(c); /* there may be input that was left in the buffer */
  }
}

/* A host that is gone without a word is found by its kernel's silence: unlike a PING, that works
 * however busy the program on it is. */
static void watch_for_dead_host(int fd) {
  int on = 1;
  int idle = 20;
  int interval = 10;
  int count = 4;
  unsigned unacknowledged_ms = 60 * 1000;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof(unacknowledged_ms));
}

struct connection *connection_new(struct client *client, struct bufferevent *bev, SSL *ssl,
                                  connection_ended on_end, void *arg) {
  const struct timeval watch_interval = {.tv_sec = WATCH_SECONDS};
  struct connection *c = xcalloc(1, sizeof(*c));
  c->client = client;
  c->bev = bev;
  c->ssl = ssl;
  c->on_end = on_end;
  c->arg = arg;
  c->excused = clock_now();
  TAILQ_INIT(&c->streams);
  c->wake = xcheck(event_new(client->base, -1, 0, on_wake, c));
  c->watch_timer = xcheck(event_new(client->base, -1, EV_PERSIST, on_watch_timer, c));
  c->goaway_timer = xcheck(evtimer_new(client->base, on_goaway_timer, c));
  xcheck(session_start(c) ? c : NULL);
  event_add(c->watch_timer, &watch_interval);
  watch_for_dead_host(bufferevent_getfd(bev));
  bufferevent_setcb(bev, on_read, on_write, on_event, c);
  bufferevent_setwatermark(bev, EV_READ, 0, INPUT_MAX);
  bufferevent_setwatermark(bev, EV_WRITE, OUTPUT_LOW, 0);
  bufferevent_enable(bev, EV_READ | EV_WRITE);
  connection_wake(c); /* frames may have come with the answer to the upgrade */
  return c;
}

static void on_farewell_write(struct bufferevent *bev, void *arg) {
  (void)bev;
  event_base_loopbreak(((struct connection *)arg)->client->base);
}

static void on_farewell_event(struct bufferevent *bev, short what, void *arg) {
  (void)bev;
  (void)what;
  event_base_loopbreak(((struct connection *)arg)->client->base);
}

void connection_farewell(struct connection *c) {
  const struct timeval patience = {.tv_sec = FAREWELL_SECONDS};
  struct stream *stream;
  if (c->cut) {
    return;
  }
  c->ended = true;
  c->closing = true;
  TAILQ_FOREACH(stream, &c->streams, link) {
    stream_abandon(stream);
  }
  spdylay_session_shutdown(c->session, SPDYLAY_GOAWAY_OK);
  spdylay_session_send(c->session);
  event_del(c->wake);
  event_del(c->watch_timer);
  event_del(c->goaway_timer);
  bufferevent_setcb(c->bev, NULL, on_farewell_write, on_farewell_event, c);
  bufferevent_setwatermark(c->bev, EV_WRITE, 0, 0);
  bufferevent_disable(c->bev, EV_READ);
  if (evbuffer_get_length(bufferevent_get_output(c->bev)) > 0) {
    event_base_loopexit(c->client->base, &patience);
    event_base_dispatch(c->client->base);
  }
  if (c->ssl != NULL) {
    SSL_shutdown(c->ssl);
    ERR_clear_error();
  }
}

void connection_free(struct connection *c) {
  struct stream *stream;
  spdylay_session_del(c->session); /* calls nothing back */
  while ((stream = TAILQ_FIRST(&c->streams)) != NULL) {
    stream_free(stream);
  }
  event_free(c->wake);
  event_free(c->watch_timer);
  event_free(c->goaway_timer);
  bufferevent_free(c->bev);
  free(c);
}
