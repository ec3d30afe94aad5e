#define _POSIX_C_SOURCE 200809L

#include "dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "xalloc.h"

/* How long an address may stay silent while another one is left to try. */
#define NEXT_ADDRESS_SECONDS 5

struct dial {
  struct event_base *base;
  char *host;
  uint16_t port;
  dial_done done;
  void *arg;

  struct lookup *lookup; /* while resolving */
  struct addrinfo *addresses;
  struct addrinfo *current;
  int fd; /* of the current attempt, or -1 */
  struct event *writable;
  struct dial_result result;
};

static void try_current(struct dial *dial);

static void close_attempt(struct dial *dial) {
  if (dial->writable != NULL) {
    event_free(dial->writable);
    dial->writable = NULL;
  }
  if (dial->fd >= 0) {
    close(dial->fd);
    dial->fd = -1;
  }
}

static void dial_free(struct dial *dial) {
  close_attempt(dial);
  if (dial->addresses != NULL) {
    freeaddrinfo(dial->addresses);
  }
  free(dial->host);
  free(dial);
}

static void finish(struct dial *dial, enum dial_outcome outcome) {
  dial->result.outcome = outcome;
  dial->result.fd = -1;
  if (outcome == DIAL_CONNECTED) {
    dial->result.connected_at = clock_now();
    dial->result.fd = dial->fd;
    dial->fd = -1;
  }
  dial->done(&dial->result, dial->arg);
  dial_free(dial);
}

static void attempt_failed(struct dial *dial, int error) {
  close_attempt(dial);
  if (dial->result.reason[0] == '\0') {
    /* The first address is the one the system prefers, so its failure is the one to report. */
    snprintf(dial->result.reason, sizeof(dial->result.reason), "cannot connect to %s port %u: %s",
             dial->result.address, (unsigned)dial->port, strerror(error));
  }
  dial->current = dial->current->ai_next;
  if (dial->current == NULL) {
    finish(dial, DIAL_NOT_CONNECTED);
    return;
  }
  try_current(dial);
}

static void on_writable(evutil_socket_t fd, short what, void *arg) {
  struct dial *dial = arg;
  if (what & EV_TIMEOUT) {
    attempt_failed(dial, ETIMEDOUT);
    return;
  }
  int error = 0;
  socklen_t len = sizeof(error);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
    error = errno;
  }
  if (error != 0) {
    attempt_failed(dial, error);
    return;
  }
  event_free(dial->writable);
  dial->writable = NULL;
  finish(dial, DIAL_CONNECTED);
}

static int open_socket(const struct addrinfo *ai) {
  int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
  if (fd < 0) {
    return -1;
  }
  /* Frames are handed to the socket in one piece, so waiting to merge small ones only adds delay. */
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (evutil_make_socket_nonblocking(fd) != 0 || evutil_make_socket_closeonexec(fd) != 0 ||
      (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0 && errno != EINPROGRESS)) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

static void try_current(struct dial *dial) {
  const struct addrinfo *ai = dial->current;
  if (getnameinfo(ai->ai_addr, ai->ai_addrlen, dial->result.address, sizeof(dial->result.address),
                  NULL, 0, NI_NUMERICHOST) != 0) {
    snprintf(dial->result.address, sizeof(dial->result.address), "?");
  }
  dial->fd = open_socket(ai);
  if (dial->fd < 0) {
    attempt_failed(dial, errno);
    return;
  }
  const struct timeval patience = {.tv_sec = NEXT_ADDRESS_SECONDS};
  dial->writable = xcheck(event_new(dial->base, dial->fd, EV_WRITE, on_writable, dial));
  event_add(dial->writable, ai->ai_next != NULL ? &patience : NULL);
}

static void on_resolved(struct addrinfo *addresses, int error, void *arg) {
  struct dial *dial = arg;
  dial->lookup = NULL;
  if (error != 0) {
    snprintf(dial->result.reason, sizeof(dial->result.reason), "cannot resolve %s: %s", dial->host,
             gai_strerror(error));
    finish(dial, DIAL_NOT_RESOLVED);
    return;
  }
  dial->result.resolved_at = clock_now();
  dial->addresses = addresses;
  dial->current = addresses;
  try_current(dial);
}

struct dial *dial_start(struct event_base *base, struct resolver *resolver, const char *host,
                        uint16_t port, dial_done done, void *arg) {
  struct dial *dial = xcalloc(1, sizeof(*dial));
  dial->base = base;
  dial->host = xstrdup(host);
  dial->port = port;
  dial->done = done;
  dial->arg = arg;
  dial->fd = -1;
  dial->lookup = resolver_lookup(resolver, host, port, on_resolved, dial);
  return dial;
}

void dial_cancel(struct dial *dial) {
  if (dial->lookup != NULL) {
    lookup_cancel(dial->lookup);
  }
  dial_free(dial);
}
