#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <signal.h>
#include <stdlib.h>

#include "../client/xalloc.h"
#include "connection.h"
#include "exit_code.h"
#include "forward.h"
#include "opening.h"
#include "remote.h"
#include "report.h"
#include "terminal.h"
#include "tls.h"

void client_end(struct client *client, int exit_code) {
  if (!client->ended) {
    client->ended = true;
    client->exit_code = exit_code;
    event_base_loopbreak(client->base);
  }
}

static void on_signal(evutil_socket_t number, short what, void *arg) {
  (void)what;
  struct client *client = arg;
  bool stopping_is_normal = client->forward != NULL;
  client_end(client, stopping_is_normal ? EXIT_DONE : EXIT_BY_SIGNAL + (int)number);
}

static void on_connection_ended(void *arg, enum connection_end how, const char *reason) {
  struct client *client = arg;
  if (client->ended) {
    return;
  }
  if (client->remote != NULL) {
    remote_connection_ended(client->remote, how, reason);
  } else {
    report("lost the connection to the pod: %s", reason);
    client_end(client, how == CONNECTION_BROKEN ? EXIT_PROTOCOL : EXIT_LOST);
  }
}

static void on_open(void *arg, struct bufferevent *bev, SSL *ssl, const char *protocol) {
  struct client *client = arg;
  client->connection = connection_new(client, bev, ssl, on_connection_ended, client);
  if (client->options->command == COMMAND_PORT_FORWARD) {
    client->forward = forward_start(client);
  } else {
    client->remote = remote_start(client, protocol);
  }
  opening_free(client->opening);
  client->opening = NULL;
}

static const char *const *protocols_for(const struct options *options) {
  /* v5 over SPDY is v4 by another name. */
  static const char *const REMOTE[] = {"v5.channel.k8s.io", "v4.channel.k8s.io",
                                       "v3.channel.k8s.io", "v2.channel.k8s.io", NULL};
  static const char *const FORWARD[] = {"portforward.k8s.io", NULL};
  return options->command == COMMAND_PORT_FORWARD ? FORWARD : REMOTE;
}

/* Standard streams can be files, which epoll does not take. Many connections are for epoll. */
static struct event_base *new_base(const struct options *options) {
  struct event_config *config = xcheck(event_config_new());
  if (options->command != COMMAND_PORT_FORWARD) {
    event_config_require_features(config, EV_FEATURE_FDS);
  }
  struct event_base *base = xcheck(event_base_new_with_config(config));
  event_config_free(config);
  return base;
}

static void run_loop(struct client *client) {
  struct event *interrupted = xcheck(evsignal_new(client->base, SIGINT, on_signal, client));
  struct event *terminated = xcheck(evsignal_new(client->base, SIGTERM, on_signal, client));
  event_add(interrupted, NULL);
  event_add(terminated, NULL);

  client->opening = opening_start(client, protocols_for(client->options), on_open, client);
  while (!client->ended && event_base_loop(client->base, EVLOOP_ONCE) == 0) {
  }

  /* First those who use the streams, so that nothing is written behind the farewell. */
  opening_free(client->opening);
  remote_free(client->remote);
  forward_free(client->forward);
  terminal_restore();
  if (client->connection != NULL) {
    connection_farewell(client->connection);
    connection_free(client->connection);
  }
  event_free(interrupted);
  event_free(terminated);
}

int client_run(const struct options *options) {
  struct target target;
  int code = target_find(&target, options);
  if (code != EXIT_DONE) {
    return code;
  }
  struct client client = {.options = options, .target = &target, .exit_code = EXIT_LOCAL};
  if (target.tls) {
    client.tls = tls_context_new(&target.cluster);
  }
  if (target.tls && client.tls == NULL) {
    client.exit_code = EXIT_CONFIG;
  } else {
    client.base = new_base(options);
    run_loop(&client);
    event_base_free(client.base);
  }
  SSL_CTX_free(client.tls);
  target_free(&target);
  return client.exit_code;
}
