/* port-forward: local ports, and a pair of streams for each connection to them. */
#ifndef KUBEEXEC_FORWARD_H
#define KUBEEXEC_FORWARD_H

#include <stdint.h>

#include "client.h"

/* Listens; a failure is reported and ends the run. */
struct forward *forward_start(struct client *client);

/* NULL is fine. */
void forward_free(struct forward *forward);

#endif
