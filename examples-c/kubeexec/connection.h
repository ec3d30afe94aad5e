/* An open connection: a spdylay session over TCP or TLS. */
#ifndef KUBEEXEC_CONNECTION_H
#define KUBEEXEC_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <openssl/ssl.h>

#include <spdylay/spdylay.h>

#include "stream.h"

enum connection_end {
  CONNECTION_GOAWAY, /* the server has said good-bye */
  CONNECTION_LOST,
  CONNECTION_BROKEN, /* the server broke the protocol */
};

/* Whoever uses the streams: is told when the connection is over. Streams get no `closed` then. */
typedef void (*connection_ended)(void *arg, enum connection_end how, const char *reason);

struct connection {
  struct client *client;
  struct bufferevent *bev;
  SSL *ssl; /* owned by `bev`; NULL without TLS */
  spdylay_session *session;
  struct stream_list streams;
  connection_ended on_end;
  void *arg;
  struct event *wake;
  struct event *watch_timer;
  struct event *goaway_timer;
  int64_t excused; /* until then the silence of the server was not its own fault */
  unsigned pauses;
  bool goaway;
  bool ended;        /* `on_end` has been called */
  bool cut;          /* the socket is of no use any more */
  bool closing;      /* only the farewell is left to send */
  char problem[200]; /* what the session found wrong, "" if nothing */
};

/* Takes over `bev`, whose input may hold the first frames. */
struct connection *connection_new(struct client *client, struct bufferevent *bev, SSL *ssl,
                                  connection_ended on_end, void *arg);

/* Says good-bye: resets what is unfinished, GOAWAY, and a moment to send it. Runs the event loop. */
void connection_farewell(struct connection *c);
void connection_free(struct connection *c);

/* Sends what the session has to send, but not before the caller has returned to the event loop. */
void connection_wake(struct connection *c);

/* Stops reading, so that TCP stops the server, until every pause has been taken back. */
void connection_pause(struct connection *c);
void connection_resume(struct connection *c);

/* For session.c. */
void connection_on_goaway(struct connection *c);

#endif
