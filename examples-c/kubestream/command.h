/* A remote command on a connection of its own: exec and attach. */
#ifndef KUBESTREAM_COMMAND_H
#define KUBESTREAM_COMMAND_H

#include "remote.h"

struct command;
struct server;
struct service;

extern const struct service COMMAND_SERVICE;

/* The service data for such a connection. Takes over what the request holds, and leaves it empty;
 * NULL when memory is short. */
struct command *command_new(struct server *server, struct remote_request *request,
                            enum remote_version version);

#endif
