/* From host name and port to a connected TCP socket: resolves, then tries the addresses in turn. */
#ifndef CLIENT_DIAL_H
#define CLIENT_DIAL_H

#include <event2/event.h>
#include <netinet/in.h>
#include <stdint.h>

#include "resolve.h"

struct dial;

enum dial_outcome {
  DIAL_CONNECTED,
  DIAL_NOT_RESOLVED,
  DIAL_NOT_CONNECTED,
};

struct dial_result {
  enum dial_outcome outcome;
  int fd;           /* connected: non-blocking; the callback owns it */
  char reason[256]; /* otherwise: why */
  char address[INET6_ADDRSTRLEN];
  int64_t resolved_at;
  int64_t connected_at;
};

typedef void (*dial_done)(const struct dial_result *result, void *arg);

/* The answer always comes through the loop. The dial frees itself after it has called back. */
struct dial *dial_start(struct event_base *base, struct resolver *resolver, const char *host,
                        uint16_t port, dial_done done, void *arg);
void dial_cancel(struct dial *dial);

#endif
