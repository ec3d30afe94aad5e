/* The HTTP/1.1 part: the request to change to SPDY, and its answer. */
#ifndef KUBEEXEC_UPGRADE_H
#define KUBEEXEC_UPGRADE_H

#include <event2/buffer.h>

#include "target.h"

struct upgrade;

enum upgrade_state {
  UPGRADE_WAITING,
  UPGRADE_ACCEPTED, /* what follows in the buffer is SPDY */
  UPGRADE_REFUSED,  /* the server has said no */
  UPGRADE_INVALID,  /* not an answer we can use */
};

/* `protocols` is ended by NULL, the best first. */
struct upgrade *upgrade_new(const struct target *target, const char *const *protocols);
void upgrade_free(struct upgrade *upgrade);

void upgrade_write_request(const struct upgrade *upgrade, struct evbuffer *output);

/* Takes what has arrived. */
enum upgrade_state upgrade_read(struct upgrade *upgrade, struct evbuffer *input);

/* The server has closed the connection. */
enum upgrade_state upgrade_read_end(struct upgrade *upgrade);

/* Accepted: the protocol, one of those offered. */
const char *upgrade_protocol(const struct upgrade *upgrade);

/* Otherwise: why not. */
const char *upgrade_reason(const struct upgrade *upgrade);

#endif
