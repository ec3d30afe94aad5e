/* The spdylay session of a connection and its callbacks. */
#ifndef SPDYD_SESSION_H
#define SPDYD_SESSION_H

#include <stdbool.h>

struct connection;

/* Creates connection->session for connection->version, with our SETTINGS submitted. */
bool session_open(struct connection *connection);

#endif
