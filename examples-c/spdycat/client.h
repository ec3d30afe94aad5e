/* The whole run: what is to be fetched, over which connections, and what came of it. */
#ifndef SPDYCAT_CLIENT_H
#define SPDYCAT_CLIENT_H

#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "../client/resolve.h"
#include "connection.h"
#include "har.h"
#include "options.h"
#include "outcome.h"
#include "output_stdout.h"
#include "progress.h"
#include "request.h"
#include "stats.h"
#include "strset.h"
#include "upload.h"

/* Scheme, host and port. */
struct origin {
  TAILQ_ENTRY(origin) link;
  char *key;
  char *host;
  uint16_t port;
  size_t pending;                /* its requests in the queue */
  struct connection *connection; /* the one that takes new requests, or NULL */
  bool named_by_user;            /* otherwise only pages lead to it */
  bool npn_only;                 /* see tls_should_retry_with_npn() */
};

TAILQ_HEAD(origin_list, origin);

struct client {
  const struct options *options;
  struct event_base *base;
  struct resolver *resolver;
  SSL_CTX *tls; /* NULL with --no-tls */
  struct upload *upload;
  struct stdout_queue stdout_queue;
  struct strset requested;  /* URIs */
  struct strset file_names; /* of -O */
  struct har *har;
  struct stats *stats;
  struct progress_totals totals;

  struct request_list pending;
  size_t in_flight;
  struct origin_list origins;
  struct connection_list connections;
  unsigned connection_count; /* ever made */
  struct event *schedule;

  enum outcome outcome;
  bool aborted; /* after an error that concerns every request, or a signal */
};

/* Runs the whole thing and returns the exit code. */
int client_run(const struct options *options);

#endif
