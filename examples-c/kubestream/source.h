/* What a stream sends: read from a descriptor just when the connection has room for it, or taken
 * from a queue. Either way nothing is read ahead, so a peer that does not read stops whoever
 * writes. */
#ifndef KUBESTREAM_SOURCE_H
#define KUBESTREAM_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct source;
struct stream;

/* NULL when memory is short; the descriptor is closed then. */
struct source *source_from_descriptor(struct stream *stream, int fd);
struct source *source_from_queue(struct stream *stream);

void source_free(struct source *source);

/* Adds to a queue. False when memory is short. */
bool source_enqueue(struct source *source, const void *bytes, size_t length);

/* How much is waiting in a queue. */
size_t source_waiting(const struct source *source);

/* No more is to come than what is waiting: in the queue, or in the kernel behind the descriptor. */
void source_finish(struct source *source);

#endif
