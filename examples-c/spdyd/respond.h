/* Answers: a status, some header fields, maybe a body. */
#ifndef SPDYD_RESPOND_H
#define SPDYD_RESPOND_H

#include <stdint.h>

#include "http_date.h"

struct stream;

#define RESPONSE_FIELDS 12

/* Field values are borrowed until response_send(), where the library copies them. */
struct response {
    const char *nv[2 * RESPONSE_FIELDS + 1];
    unsigned used;
    int status;
    char status_text[40];
    char content_length[24];
    char date[HTTP_DATE_SIZE];
};

void response_begin(struct response *response, int status);
void response_add(struct response *response, const char *name, const char *value);
void response_add_length(struct response *response, uint64_t length);

/* Submits the answer, followed by stream->body unless that is empty. */
void response_send(struct response *response, struct stream *stream);

/* A whole answer with a short text. */
void respond_text(struct stream *stream, int status, const char *text);

/* A refusal; `detail` says in one sentence what is wrong. */
void respond_error(struct stream *stream, int status, const char *detail);

#endif
