/*
 * A session that writes into memory, counts its callbacks, and can call back
 * into a hook from each of them.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <spdylay/spdylay.h>

enum callback {
  SEND,
  RECV,
  READ,
  ON_CTRL_RECV,
  ON_INVALID_CTRL_RECV,
  ON_DATA_CHUNK_RECV,
  ON_DATA_RECV,
  BEFORE_CTRL_SEND,
  ON_CTRL_SEND,
  ON_CTRL_NOT_SEND,
  ON_DATA_SEND,
  ON_STREAM_CLOSE,
  ON_REQUEST_RECV,
  ON_CTRL_RECV_PARSE_ERROR,
  ON_UNKNOWN_CTRL_RECV,
  CALLBACKS
};

struct buffer {
  uint8_t *data;
  size_t length;
};

struct endpoint {
  spdylay_session *session;
  unsigned calls[CALLBACKS];
  /* Called from every callback, if set, with the session argument of that
     callback. */
  void (*hook)(struct endpoint *endpoint, enum callback which,
               spdylay_session *argument);
  void *hook_data;
  /* What the session has written. */
  struct buffer out;
  /* What recv_callback delivers. */
  const uint8_t *in;
  size_t inlen;
  /* Bytes of DATA received, and a sum over all values of headers, so that all
     memory that callbacks are shown is read. */
  size_t data_received;
  unsigned sum;
  /* Of the last on_stream_close. */
  spdylay_status_code last_status;
};

enum role { CLIENT, SERVER };

void buffer_append(struct buffer *buffer, const void *data, size_t length);
void buffer_clear(struct buffer *buffer);

void endpoint_init(struct endpoint *endpoint, enum role role, uint16_t version);
/* Deletes the session unless that was done, and frees what it wrote. */
void endpoint_free(struct endpoint *endpoint);

/* A provider of so many bytes, kept in its source. */
spdylay_data_provider body_of(int bytes);

/* Lets two sessions talk until both are silent. */
void endpoints_talk(struct endpoint *a, struct endpoint *b);

#endif
