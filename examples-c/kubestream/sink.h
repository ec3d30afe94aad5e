/* Where the data of a stream goes: a pipe, a socket or a terminal. What the other side does not
 * take yet is kept, and when that is much the connection is held until it has become little. */
#ifndef KUBESTREAM_SINK_H
#define KUBESTREAM_SINK_H

#include <stddef.h>
#include <stdint.h>

struct connection;
struct sink;

/* How the other side is told that no more will come. */
enum sink_end {
    SINK_CLOSE,     /* a pipe: by closing it */
    SINK_SHUT_DOWN, /* a socket: by shutting down our half */
    SINK_CONTROL_D  /* a terminal: by the character for it */
};

/* Called once, when the other side takes no more. */
typedef void (*sink_broken_callback)(void *arg);

/* A sink without a descriptor collects. NULL when memory is short. */
struct sink *sink_new(struct connection *connection);
void sink_free(struct sink *sink);

/* Gives it the descriptor to write to, and with it what has been collected. Takes over the
 * descriptor; -1 throws everything away. */
void sink_connect(struct sink *sink, int fd, enum sink_end end, sink_broken_callback broken,
                  void *arg);

void sink_write(struct sink *sink, const uint8_t *bytes, size_t length);

/* Tells the other side that this is all, once it has taken what is waiting. */
void sink_finish(struct sink *sink);

/* Drops what is waiting and whatever comes. */
void sink_discard(struct sink *sink);

#endif
