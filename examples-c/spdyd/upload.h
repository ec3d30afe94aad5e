/* The body of a POST: hashed and counted as it arrives, never kept. */
#ifndef SPDYD_UPLOAD_H
#define SPDYD_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;
struct upload;

struct upload *upload_new(void);
void upload_free(struct upload *upload);

bool upload_add(struct upload *upload, const uint8_t *data, size_t length);

/* Answers with the number of bytes and their SHA-256. */
void upload_respond(struct stream *stream);

#endif
