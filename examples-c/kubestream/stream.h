/* One SPDY stream: what comes from the peer goes into a sink, what goes to the peer comes from a
 * source. A stream without one has that direction handled by its service. */
#ifndef KUBESTREAM_STREAM_H
#define KUBESTREAM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct connection;
struct sink;
struct source;

struct stream {
    TAILQ_ENTRY(stream) link;
    struct connection *connection;
    struct sink *sink;
    struct source *source;
    void *user; /* the service's */
    int32_t id;
    bool finished; /* we have sent, or are about to send, our FIN */
    bool peer_finished;
};

/* NULL when memory is short. */
struct stream *stream_new(struct connection *connection, int32_t id);
void stream_free(struct stream *stream);

/* From the session. */
void stream_received(struct stream *stream, const uint8_t *bytes, size_t length);
void stream_peer_finished(struct stream *stream);

/* Sends what can be read from a descriptor until its end, and then FIN; a descriptor that fails
 * resets the stream. Takes over the descriptor. */
void stream_send_from(struct stream *stream, int fd);

/* Sends a text and FIN. */
void stream_send_text(struct stream *stream, const char *text);

/* Sends bytes as they are added, until stream_finish(). */
void stream_send_queue(struct stream *stream);

void stream_enqueue(struct stream *stream, const void *bytes, size_t length);

/* How much is waiting in the queue. */
size_t stream_waiting(const struct stream *stream);

/* Sends FIN, behind what is waiting. Nothing happens on a stream that has been finished. */
void stream_finish(struct stream *stream);

void stream_reset(struct stream *stream);

/* The value of a header, "" if it is missing. */
const char *stream_header(char **headers, const char *name);

#endif
