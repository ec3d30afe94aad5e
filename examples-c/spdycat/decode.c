#include "decode.h"

#include <stdlib.h>
#include <strings.h>

#include <spdylay/spdylay.h>

#include "../client/xalloc.h"

struct decoder {
  spdylay_gzip *inflater;
  bool started;
  bool complete;
};

bool decode_supports(const char *content_encoding) {
  return strcasecmp(content_encoding, "gzip") == 0 || strcasecmp(content_encoding, "x-gzip") == 0 ||
         strcasecmp(content_encoding, "deflate") == 0;
}

struct decoder *decoder_new(void) {
  struct decoder *decoder = xcalloc(1, sizeof(*decoder));
  if (spdylay_gzip_inflate_new(&decoder->inflater) != 0) {
    free(decoder);
    return NULL;
  }
  return decoder;
}

void decoder_free(struct decoder *decoder) {
  if (decoder != NULL) {
    spdylay_gzip_inflate_del(decoder->inflater);
    free(decoder);
  }
}

enum decode_result decoder_feed(struct decoder *decoder, const uint8_t *data, size_t len,
                                decode_sink sink, void *arg) {
  uint8_t out[16384];
  size_t produced;
  decoder->started = decoder->started || len > 0;
  do {
    if (decoder_is_complete(decoder)) {
      return DECODE_OK; /* padding behind the stream means nothing */
    }
    size_t consumed = len;
    produced = sizeof(out);
    int error = spdylay_gzip_inflate(decoder->inflater, out, &produced, data, &consumed);
    if (produced > 0 && !sink(out, produced, arg)) {
      return DECODE_SINK_FAILED;
    }
    if (error != 0 || (consumed == 0 && produced == 0 && len > 0)) {
      return DECODE_BROKEN;
    }
    data += consumed;
    len -= consumed;
    /* A full `out` may mean that there is more to come from input already consumed. */
  } while (len > 0 || produced == sizeof(out));
  return DECODE_OK;
}

bool decoder_is_complete(struct decoder *decoder) {
  if (!decoder->started) {
    return true; /* an empty body, whatever its content-encoding, is an empty body */
  }
  if (!decoder->complete) {
    /* After the end of its stream the helper refuses every further call, even one without input. */
    uint8_t nothing = 0;
    size_t produced = 0;
    size_t consumed = 0;
    decoder->complete = spdylay_gzip_inflate(decoder->inflater, &nothing, &produced, &nothing,
                                             &consumed) == SPDYLAY_ERR_GZIP;
  }
  return decoder->complete;
}
