/* The whole run: what everything shares, and how it comes out. */
#ifndef KUBEEXEC_CLIENT_H
#define KUBEEXEC_CLIENT_H

#include <stdbool.h>

#include <event2/event.h>
#include <openssl/ssl.h>

#include "options.h"
#include "target.h"

struct client {
  const struct options *options;
  const struct target *target;
  struct event_base *base;
  SSL_CTX *tls; /* NULL for plain TCP */
  struct opening *opening;
  struct connection *connection;
  struct remote *remote;   /* exec and attach */
  struct forward *forward; /* port-forward */
  int exit_code;
  bool ended;
};

/* Returns the exit code. */
int client_run(const struct options *options);

/* Ends the run once the caller has returned to the event loop. The first one to say so wins. */
void client_end(struct client *client, int exit_code);

#endif
