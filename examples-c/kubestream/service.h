/* What the streams of a connection are for: running a command, attaching to one, forwarding ports.
 * A service is told what happens to its streams, and answers with the functions of stream.h. */
#ifndef KUBESTREAM_SERVICE_H
#define KUBESTREAM_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct stream;

struct service {
    /* The connection is up; called once, before the others. */
    void (*started)(void *data, struct connection *connection);

    /* The peer has opened a stream with these headers. True accepts it; the reply is on its way
     * already when anything is sent on the stream. False resets it. */
    bool (*opened)(void *data, struct stream *stream, char **headers);

    /* DATA for a stream that has no sink. */
    void (*received)(void *data, struct stream *stream, const uint8_t *bytes, size_t length);

    /* The peer sends no more on the stream. */
    void (*peer_finished)(void *data, struct stream *stream);

    /* All that was to be sent on the stream has been read from its source. */
    void (*sent)(void *data, struct stream *stream);

    /* What was enqueued for the stream has been sent, and its queue is empty. */
    void (*drained)(void *data, struct stream *stream);

    /* The stream is over and about to be freed. Not called for those that are open when the
     * connection ends. */
    void (*closed)(void *data, struct stream *stream);

    /* The connection is over, and its streams are gone. */
    void (*free)(void *data);
};

#endif
