/* Undoes content-encoding gzip and deflate with the library's own helper. */
#ifndef SPDYCAT_DECODE_H
#define SPDYCAT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct decoder;

/* Takes decoded bytes. False: stop, the sink has failed. */
typedef bool (*decode_sink)(const uint8_t *data, size_t len, void *arg);

enum decode_result { DECODE_OK, DECODE_BROKEN, DECODE_SINK_FAILED };

bool decode_supports(const char *content_encoding);

/* NULL: the library could not set it up. */
struct decoder *decoder_new(void);
void decoder_free(struct decoder *decoder);

enum decode_result decoder_feed(struct decoder *decoder, const uint8_t *data, size_t len,
                                decode_sink sink, void *arg);

/* Has the compressed stream reached its end, checksum included? */
bool decoder_is_complete(struct decoder *decoder);

#endif
