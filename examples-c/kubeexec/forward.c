#define _DEFAULT_SOURCE /* NI_MAXHOST */

#include "forward.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/listener.h>

#include "../client/xalloc.h"
#include "exit_code.h"
#include "pair.h"
#include "report.h"

/* When the system has no descriptors left, others may give some back meanwhile. */
#define ACCEPT_AGAIN_SECONDS 1

struct local_port {
  struct forward *forward;
  struct evconnlistener *listener;
  struct event *again;
  uint16_t remote;
};

struct forward {
  struct client *client;
  struct local_port *ports;
  size_t port_count;
  struct pair_list pairs;
  unsigned next_request;
};

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
                      struct sockaddr *address, int address_len, void *arg) {
  (void)listener;
  (void)address;
  (void)address_len;
  struct local_port *port = arg;
  struct forward *forward = port->forward;
  pair_start(&forward->pairs, forward->client, (int)fd, port->remote, forward->next_request++);
}

static void on_accept_error(struct evconnlistener *listener, void *arg) {
  const struct timeval rest = {.tv_sec = ACCEPT_AGAIN_SECONDS};
  struct local_port *port = arg;
  report("cannot take a connection now: %s", strerror(EVUTIL_SOCKET_ERROR()));
  evconnlistener_disable(listener);
  evtimer_add(port->again, &rest);
}

static void on_again(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  struct local_port *port = arg;
  evconnlistener_enable(port->listener);
}

/* `address` is of the machine itself, so nothing is looked up. NULL: there is no such address. */
static struct addrinfo *parse_address(const char *address, uint16_t port) {
  const struct addrinfo hints = {
      .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
      .ai_socktype = SOCK_STREAM,
  };
  char number[8];
  struct addrinfo *found;
  snprintf(number, sizeof(number), "%u", (unsigned)port);
  return getaddrinfo(address, number, &hints, &found) == 0 ? found : NULL;
}

static void announce(const struct local_port *port) {
  struct sockaddr_storage address;
  socklen_t len = sizeof(address);
  char host[NI_MAXHOST];
  char number[NI_MAXSERV];
  getsockname(evconnlistener_get_fd(port->listener), (struct sockaddr *)&address, &len);
  if (getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), number, sizeof(number),
                  NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
    printf("Forwarding from %s:%s -> %u\n", host, number, (unsigned)port->remote);
    fflush(stdout); /* whoever started us waits for the line */
  }
}

static bool listen_on(struct local_port *port, uint16_t local) {
  struct client *client = port->forward->client;
  const char *address = client->options->address;
  struct addrinfo *found = parse_address(address, local);
  if (found == NULL) {
    report("%s is not an address", address);
    return false;
  }
  port->listener = evconnlistener_new_bind(
      client->base, on_accept, port,
      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, -1, found->ai_addr,
      (int)found->ai_addrlen);
  int error = errno;
  freeaddrinfo(found);
  if (port->listener == NULL) {
    report("cannot listen on %s port %u: %s", address, (unsigned)local, strerror(error));
    return false;
  }
  evconnlistener_set_error_cb(port->listener, on_accept_error);
  return true;
}

struct forward *forward_start(struct client *client) {
  const struct options *options = client->options;
  struct forward *forward = xcalloc(1, sizeof(*forward));
  forward->client = client;
  TAILQ_INIT(&forward->pairs);
  forward->ports = xcalloc(options->port_count, sizeof(*forward->ports));
  for (size_t i = 0; i < options->port_count; i++) {
    struct local_port *port = &forward->ports[i];
    port->forward = forward;
    port->remote = options->ports[i].remote;
    port->again = xcheck(evtimer_new(client->base, on_again, port));
    forward->port_count++;
    if (!listen_on(port, options->ports[i].local)) {
      client_end(client, EXIT_LOCAL);
      return forward;
    }
  }
  for (size_t i = 0; i < forward->port_count; i++) {
    announce(&forward->ports[i]);
  }
  return forward;
}

void forward_free(struct forward *forward) {
  if (forward == NULL) {
    return;
  }
  for (size_t i = 0; i < forward->port_count; i++) {
    struct local_port *port = &forward->ports[i];
    event_free(port->again);
    if (port->listener != NULL) {
      evconnlistener_free(port->listener);
    }
  }
  struct pair *pair;
  while ((pair = TAILQ_FIRST(&forward->pairs)) != NULL) {
    pair_free(pair);
  }
  free(forward->ports);
  free(forward);
}
