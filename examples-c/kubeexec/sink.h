/* Where output of the command goes: a standard stream, written as fast as its reader takes it. */
#ifndef KUBEEXEC_SINK_H
#define KUBEEXEC_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "connection.h"

struct sink;

/* `changed` is called when everything is written, or nothing more can be. */
struct sink *sink_new(struct connection *connection, int fd, void (*changed)(void *arg),
                      void *arg);
void sink_free(struct sink *sink);

void sink_write(struct sink *sink, const void *data, size_t len);
bool sink_is_empty(const struct sink *sink);

/* 0, or why it cannot be written to. */
int sink_error(const struct sink *sink);

#endif
