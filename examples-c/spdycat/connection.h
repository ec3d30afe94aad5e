/* One connection to one origin: made through name look-up, TCP, perhaps a proxy and TLS; then it
 * carries a SPDY session until its requests are done or it breaks. */
#ifndef SPDYCAT_CONNECTION_H
#define SPDYCAT_CONNECTION_H

#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <spdylay/spdylay.h>

#include "../client/dial.h"
#include "proxy.h"
#include "request.h"

enum connection_state {
  CONNECTION_DIALING,
  CONNECTION_PROXY,
  CONNECTION_TLS,
  CONNECTION_OPEN,
  CONNECTION_CLOSING, /* no requests and no session any more, only bytes to flush */
};

struct connection_times {
  int64_t started;
  int64_t resolved;
  int64_t connected; /* TCP, and the tunnel if there is a proxy */
  int64_t opened;    /* after TLS; the same as `connected` without */
};

struct connection {
  TAILQ_ENTRY(connection) link;
  struct client *client;
  struct origin *origin;
  unsigned number; /* from 1, for -v and the archive */
  enum connection_state state;

  struct dial *dial;             /* DIALING */
  struct proxy_handshake *proxy; /* PROXY */
  struct bufferevent *bev;       /* from TLS on */
  SSL *ssl;                      /* owned by `bev`; NULL without TLS */
  spdylay_session *session;      /* OPEN */
  uint16_t version;
  struct event *timer; /* for making the connection, then for closing it */

  struct request_list requests;
  size_t active;  /* those that have not finished */
  bool draining;  /* no new requests: the server is going away */
  bool spoke;     /* the server has sent something */
  size_t answers; /* header frames received */
  bool goaway_received;
  bool broken;       /* the session cannot go on, for the reason in `problem` */
  char problem[256]; /* the latest thing that the session found wrong, "" if nothing */

  int64_t last_input;
  struct connection_times times;
  char address[INET6_ADDRSTRLEN];
};

TAILQ_HEAD(connection_list, connection);

/* Starts making a connection. Its failure is reported through its requests. */
struct connection *connection_new(struct client *client, struct origin *origin);

/* Gives it a request that has left the queue. */
void connection_add(struct connection *connection, struct request *request);

/* Sends what the session has to send. The connection may be gone afterwards. */
void connection_pump(struct connection *connection);

/* Ends a connection that has no active request: with GOAWAY if it got that far. It may be gone
 * afterwards, or be gone soon. */
void connection_close(struct connection *connection);

/* Ends it at once, without a word to its requests, which have all finished. */
void connection_destroy(struct connection *connection);

/* For connection_open.c. Both may end the connection, so they are the last thing a caller does with
 * it. `reason` is about the connection; the URIs are added to it. `early` is what has already been
 * read from it, or NULL. */
void connection_fail(struct connection *connection, enum outcome outcome, const char *reason);
void connection_start_session(struct connection *connection, struct evbuffer *early);

/* What it is doing, for messages: "in the TLS handshake". */
const char *connection_stage(const struct connection *connection);

/* connection_open.c: the way to an open connection. */
void connection_dial(struct connection *connection);
void connection_cancel_opening(struct connection *connection);

#endif
