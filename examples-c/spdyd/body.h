/* The body of an answer: a part of a file, or a short text. */
#ifndef SPDYD_BODY_H
#define SPDYD_BODY_H

#include <stddef.h>
#include <stdint.h>

#include <spdylay/spdylay.h>

struct stream;

struct body {
    int fd;     /* -1 unless it is a file */
    char *text; /* NULL unless it is a text */
    uint64_t offset;
    uint64_t remaining;
};

void body_init(struct body *body);
void body_clear(struct body *body);

/* Takes over the descriptor. */
void body_set_file(struct body *body, int fd, uint64_t offset, uint64_t length);

/* Takes over the text, which malloc() made. */
void body_set_text(struct body *body, char *text, size_t length);

/* What spdylay_submit_response() reads the body of the stream from. */
spdylay_data_provider body_provider(struct stream *stream);

#endif
