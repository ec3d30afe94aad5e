/* From an origin to an open connection: name look-up and TCP (dial.c), a tunnel through the proxy
 * (proxy.c), TLS (tls.c). */
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/bufferevent_ssl.h>

#include "../client/clock.h"
#include "../client/xalloc.h"
#include "client.h"
#include "connection.h"
#include "tls.h"
#include "trace.h"

/* The limit without -t: long enough for any server that is going to answer. */
#define OPENING_SECONDS 60

/* Reads of this size keep a fast download from being bound by system calls. */
#define READ_MAX (256 * 1024)

const char *connection_stage(const struct connection *c) {
  switch (c->state) {
  case CONNECTION_DIALING: return "while looking up the host and connecting";
  case CONNECTION_PROXY: return "while waiting for the proxy's answer";
  case CONNECTION_TLS: return "in the TLS handshake";
  default: return "while waiting for the response";
  }
}

static void on_opening_timeout(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  struct connection *c = arg;
  char reason[120];
  snprintf(reason, sizeof(reason), "timed out %s", connection_stage(c));
  connection_fail(c, OUTCOME_TIMEOUT, reason);
}

void connection_cancel_opening(struct connection *c) {
  if (c->dial != NULL) {
    dial_cancel(c->dial);
    c->dial = NULL;
  }
  if (c->proxy != NULL) {
    proxy_cancel(c->proxy);
    c->proxy = NULL;
  }
  if (c->timer != NULL) {
    event_free(c->timer);
    c->timer = NULL;
  }
}

/* Everything is in place: on to SPDY. */
static void opened(struct connection *c, struct evbuffer *early) {
  connection_cancel_opening(c); /* only its timer is left */
  c->times.opened = clock_now();
  connection_start_session(c, early);
}

static void on_tls_connected(struct connection *c) {
  const struct options *o = c->client->options;
  char text[256];
  tls_describe(c->ssl, text, sizeof(text));
  trace_note(c->number, "TLS handshake complete: %s", text);

  c->version = tls_spdy_version(c->ssl);
  if (c->version != 0) {
    opened(c, NULL);
    return;
  }
  if (!c->origin->npn_only && tls_should_retry_with_npn(o, c->ssl)) {
    trace_note(c->number, "the server may know NPN: trying again with TLS 1.2");
    bufferevent_free(c->bev);
    c->bev = NULL;
    c->ssl = NULL;
    c->origin->npn_only = true;
    connection_cancel_opening(c);
    connection_dial(c);
    return;
  }
  snprintf(text, sizeof(text), "the server did not agree on %s",
           o->version == 0 ? "any SPDY version" : trace_version_name(o->version));
  connection_fail(c, OUTCOME_TLS, text);
}

static void on_handshake_event(struct bufferevent *bev, short what, void *arg) {
  struct connection *c = arg;
  if (what & BEV_EVENT_CONNECTED) {
    on_tls_connected(c);
    return;
  }
  int socket_error = EVUTIL_SOCKET_ERROR();
  unsigned long error = bufferevent_get_openssl_error(bev);
  char reason[400];
  if (tls_is_socket_error(error) && (what & BEV_EVENT_ERROR) && socket_error != 0) {
    snprintf(reason, sizeof(reason), "TLS failed: %s", strerror(socket_error));
  } else {
    tls_describe_failure(c->ssl, error, reason, sizeof(reason));
  }
  ERR_clear_error();
  connection_fail(c, OUTCOME_TLS, reason);
}

static void start_tls(struct connection *c, int fd) {
  c->state = CONNECTION_TLS;
  c->ssl = tls_client_new(c->client->tls, c->origin->host, c->origin->npn_only);
  if (c->ssl == NULL) {
    close(fd);
    connection_fail(c, OUTCOME_TLS, "TLS could not be set up for this host name");
    return;
  }
  if (!c->origin->named_by_user) {
    SSL_certs_clear(c->ssl); /* a page must not make us show our certificate to anybody */
  }
  c->bev = xcheck(bufferevent_openssl_socket_new(
      c->client->base, fd, c->ssl, BUFFEREVENT_SSL_CONNECTING,
      BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS));
  bufferevent_set_max_single_read(c->bev, READ_MAX);
  bufferevent_setcb(c->bev, NULL, NULL, on_handshake_event, c);
  bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* The TCP connection leads to the origin. `early` is what has already been read from it, or NULL. */
static void on_transport(struct connection *c, int fd, struct evbuffer *early) {
  c->times.connected = clock_now();
  if (c->client->tls != NULL) {
    if (early != NULL && evbuffer_get_length(early) > 0) {
      close(fd);
      connection_fail(c, OUTCOME_CONNECT, "the proxy sent data before the TLS handshake");
      return;
    }
    start_tls(c, fd);
    return;
  }
  c->bev = xcheck(bufferevent_socket_new(c->client->base, fd,
                                         BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS));
  c->version = c->client->options->version;
  opened(c, early);
}

static void on_tunnel(int fd, struct evbuffer *early, const char *reason, void *arg) {
  struct connection *c = arg;
  c->proxy = NULL;
  if (reason != NULL) {
    connection_fail(c, OUTCOME_CONNECT, reason);
    return;
  }
  on_transport(c, fd, early);
}

static void on_dialed(const struct dial_result *result, void *arg) {
  struct connection *c = arg;
  c->dial = NULL;
  if (result->outcome != DIAL_CONNECTED) {
    bool resolved = result->outcome != DIAL_NOT_RESOLVED;
    connection_fail(c, resolved ? OUTCOME_CONNECT : OUTCOME_DNS, result->reason);
    return;
  }
  memcpy(c->address, result->address, sizeof(c->address));
  c->times.resolved = result->resolved_at;
  trace_note(c->number, "connected to %s", result->address);

  if (c->client->options->proxy_host == NULL) {
    on_transport(c, result->fd, NULL);
    return;
  }
  c->state = CONNECTION_PROXY;
  c->proxy = proxy_connect(c->client->base, result->fd, c->origin->host, c->origin->port,
                           on_tunnel, c);
}

void connection_dial(struct connection *c) {
  const struct options *o = c->client->options;
  const char *host = o->proxy_host != NULL ? o->proxy_host : c->origin->host;
  uint16_t port = o->proxy_host != NULL ? o->proxy_port : c->origin->port;
  c->state = CONNECTION_DIALING;
  c->dial = dial_start(c->client->base, c->client->resolver, host, port, on_dialed, c);
  trace_note(c->number, "connecting to %s port %u", host, (unsigned)port);

  int64_t limit = o->timeout > 0 ? o->timeout : (int64_t)OPENING_SECONDS * 1000000;
  const struct timeval tv = {.tv_sec = limit / 1000000, .tv_usec = limit % 1000000};
  c->timer = xcheck(evtimer_new(c->client->base, on_opening_timeout, c));
  evtimer_add(c->timer, &tv);
}
