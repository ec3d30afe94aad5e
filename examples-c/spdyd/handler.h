/* From the parts of a request, as they arrive, to the answer. */
#ifndef SPDYD_HANDLER_H
#define SPDYD_HANDLER_H

#include <stddef.h>
#include <stdint.h>

struct stream;

/* The header fields are there; refuses at once what they alone can refuse. */
void handle_head(struct stream *stream, char **nv);

/* A piece of the body. */
void handle_data(struct stream *stream, const uint8_t *data, size_t length);

/* The request is complete. */
void handle_end(struct stream *stream);

#endif
