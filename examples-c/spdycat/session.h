/* Between the library's callbacks and the requests of a connection. */
#ifndef SPDYCAT_SESSION_H
#define SPDYCAT_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "connection.h"

/* Makes connection->session and submits what a client begins with. 0 or a library error. */
int session_start(struct connection *connection);

/* Hands a request to the session. 0 or a library error. */
int session_submit(struct connection *connection, struct request *request);

/* The request has finished before its stream has: cancels the stream. */
void session_cancel(struct connection *connection, struct request *request);

#endif
