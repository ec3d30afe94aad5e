/* One stream: a request, the answer to it, and its line in the access log. */
#ifndef SPDYD_STREAM_H
#define SPDYD_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "body.h"
#include "file_slots.h"
#include "request.h"

struct connection;
struct upload;

struct stream {
    TAILQ_ENTRY(stream) link;    /* in its connection */
    TAILQ_ENTRY(stream) waiting; /* in the line for a file slot */
    struct connection *connection;
    struct request request;
    struct upload *upload; /* of a POST, else NULL */
    struct body body;      /* of the answer */
    uint64_t received;     /* bytes of the request's body */
    uint64_t sent;         /* bytes of the answer's body */
    uint64_t started_us;
    int32_t id;
    int status; /* of the answer, 0 until there is one */
    bool request_complete;
    enum file_slot file_slot;
};

/* NULL when memory is short. */
struct stream *stream_new(struct connection *connection, int32_t id);

/* Writes the access log and frees everything the stream holds. */
void stream_free(struct stream *stream);

#endif
