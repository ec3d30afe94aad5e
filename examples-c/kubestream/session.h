/* The spdylay session of a connection and its callbacks. */
#ifndef KUBESTREAM_SESSION_H
#define KUBESTREAM_SESSION_H

#include <stdbool.h>

struct connection;

/* Creates connection->session, set up for peers built on moby/spdystream. */
bool session_open(struct connection *connection);

#endif
