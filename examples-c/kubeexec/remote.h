/* exec and attach: the streams of a remote command, its end and its exit code. */
#ifndef KUBEEXEC_REMOTE_H
#define KUBEEXEC_REMOTE_H

#include "connection.h"

struct remote;

/* `protocol` is the one agreed on, such as "v4.channel.k8s.io". */
struct remote *remote_start(struct client *client, const char *protocol);

/* NULL is fine. */
void remote_free(struct remote *remote);

/* No more will come. Ends the run, perhaps after the last output is written. */
void remote_connection_ended(struct remote *remote, enum connection_end how, const char *reason);

#endif
