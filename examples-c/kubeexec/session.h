/* The spdylay session of a connection. */
#ifndef KUBEEXEC_SESSION_H
#define KUBEEXEC_SESSION_H

#include <stdbool.h>

#include "connection.h"
#include "stream.h"

/* False: out of memory. */
bool session_start(struct connection *connection);

/* For stream.c. */
bool session_open_stream(struct stream *stream, const char **headers);
void session_send_output(struct stream *stream);
void session_resume_output(struct stream *stream);
void session_reset(struct stream *stream);

#endif
