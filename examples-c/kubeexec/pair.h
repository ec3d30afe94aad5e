/* One forwarded connection: a local socket, and the two streams that stand for it in SPDY. */
#ifndef KUBEEXEC_PAIR_H
#define KUBEEXEC_PAIR_H

#include <stdint.h>
#include <sys/queue.h>

#include "client.h"

struct pair;
TAILQ_HEAD(pair_list, pair);

/* Takes over the socket. The pair frees itself when the connection is over. */
void pair_start(struct pair_list *pairs, struct client *client, int fd, uint16_t port,
                unsigned request);
void pair_free(struct pair *pair);

#endif
