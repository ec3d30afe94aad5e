#include "endpoint.h"

#include "check.h"

#include <string.h>

static void called(struct endpoint *endpoint, enum callback which,
                   spdylay_session *argument) {
  ++endpoint->calls[which];
  if (endpoint->hook)
    endpoint->hook(endpoint, which, argument);
}

static void read_string(struct endpoint *endpoint, const char *string) {
  for (; *string; ++string)
    endpoint->sum += (unsigned char)*string;
}

static void read_frame(struct endpoint *endpoint, spdylay_frame_type type,
                       const spdylay_frame *frame) {
  char **nv = NULL;
  CHECK_EQ(frame->ctrl.hd.type, type);
  switch (type) {
  case SPDYLAY_SYN_STREAM:
    nv = frame->syn_stream.nv;
    break;
  case SPDYLAY_SYN_REPLY:
    nv = frame->syn_reply.nv;
    break;
  case SPDYLAY_HEADERS:
    nv = frame->headers.nv;
    break;
  case SPDYLAY_SETTINGS:
    for (size_t i = 0; i < frame->settings.niv; ++i)
      endpoint->sum += frame->settings.iv[i].value;
    break;
  default:
    endpoint->sum += frame->rst_stream.status_code;
  }
  for (; nv && *nv; ++nv)
    read_string(endpoint, *nv);
}

static ssize_t send_callback(spdylay_session *session, const uint8_t *data,
                             size_t length, int flags, void *user_data) {
  struct endpoint *endpoint = user_data;
  CHECK_EQ(flags, 0);
  buffer_append(&endpoint->out, data, length);
  called(endpoint, SEND, session);
  return (ssize_t)length;
}

static ssize_t recv_callback(spdylay_session *session, uint8_t *buf,
                             size_t length, int flags, void *user_data) {
  struct endpoint *endpoint = user_data;
  CHECK_EQ(flags, 0);
  called(endpoint, RECV, session);
  if (endpoint->inlen == 0)
    return SPDYLAY_ERR_WOULDBLOCK;
  if (length > endpoint->inlen)
    length = endpoint->inlen;
  memcpy(buf, endpoint->in, length);
  endpoint->in += length;
  endpoint->inlen -= length;
  return (ssize_t)length;
}

static ssize_t read_callback(spdylay_session *session, int32_t stream_id,
                             uint8_t *buf, size_t length, int *eof,
                             spdylay_data_source *source, void *user_data) {
  size_t left = (size_t)source->fd;
  CHECK(stream_id > 0);
  called(user_data, READ, session);
  if (left < length)
    length = left;
  memset(buf, 'x', length);
  source->fd -= (int)length;
  *eof = source->fd == 0;
  return (ssize_t)length;
}

static void on_ctrl_recv(spdylay_session *session, spdylay_frame_type type,
                         spdylay_frame *frame, void *user_data) {
  read_frame(user_data, type, frame);
  called(user_data, ON_CTRL_RECV, session);
  /* The frame lives until this callback returns, whatever the hook did. */
  read_frame(user_data, type, frame);
}

static void on_invalid_ctrl_recv(spdylay_session *session,
                                 spdylay_frame_type type, spdylay_frame *frame,
                                 uint32_t status_code, void *user_data) {
  CHECK(status_code > 0);
  called(user_data, ON_INVALID_CTRL_RECV, session);
  read_frame(user_data, type, frame);
}

static void on_data_chunk_recv(spdylay_session *session, uint8_t flags,
                               int32_t stream_id, const uint8_t *data,
                               size_t len, void *user_data) {
  struct endpoint *endpoint = user_data;
  (void)flags, (void)stream_id;
  called(endpoint, ON_DATA_CHUNK_RECV, session);
  endpoint->data_received += len;
  for (size_t i = 0; i < len; ++i)
    endpoint->sum += data[i];
}

static void on_data_recv(spdylay_session *session, uint8_t flags,
                         int32_t stream_id, int32_t length, void *user_data) {
  (void)flags, (void)stream_id, (void)length;
  called(user_data, ON_DATA_RECV, session);
}

static void before_ctrl_send(spdylay_session *session, spdylay_frame_type type,
                             spdylay_frame *frame, void *user_data) {
  called(user_data, BEFORE_CTRL_SEND, session);
  read_frame(user_data, type, frame);
}

static void on_ctrl_send(spdylay_session *session, spdylay_frame_type type,
                         spdylay_frame *frame, void *user_data) {
  called(user_data, ON_CTRL_SEND, session);
  read_frame(user_data, type, frame);
}

static void on_ctrl_not_send(spdylay_session *session, spdylay_frame_type type,
                             spdylay_frame *frame, int error_code,
                             void *user_data) {
  CHECK(error_code < 0);
  called(user_data, ON_CTRL_NOT_SEND, session);
  read_frame(user_data, type, frame);
}

static void on_data_send(spdylay_session *session, uint8_t flags,
                         int32_t stream_id, int32_t length, void *user_data) {
  (void)flags, (void)stream_id, (void)length;
  called(user_data, ON_DATA_SEND, session);
}

static void on_stream_close(spdylay_session *session, int32_t stream_id,
                            spdylay_status_code status_code, void *user_data) {
  struct endpoint *endpoint = user_data;
  (void)stream_id;
  endpoint->last_status = status_code;
  called(endpoint, ON_STREAM_CLOSE, session);
}

static void on_request_recv(spdylay_session *session, int32_t stream_id,
                            void *user_data) {
  (void)stream_id;
  called(user_data, ON_REQUEST_RECV, session);
}

static void on_ctrl_recv_parse_error(spdylay_session *session,
                                     spdylay_frame_type type,
                                     const uint8_t *head, size_t headlen,
                                     const uint8_t *payload, size_t payloadlen,
                                     int error_code, void *user_data) {
  struct endpoint *endpoint = user_data;
  (void)type;
  CHECK(error_code < 0);
  called(endpoint, ON_CTRL_RECV_PARSE_ERROR, session);
  for (size_t i = 0; i < headlen; ++i)
    endpoint->sum += head[i];
  for (size_t i = 0; i < payloadlen; ++i)
    endpoint->sum += payload[i];
}

static void on_unknown_ctrl_recv(spdylay_session *session, const uint8_t *head,
                                 size_t headlen, const uint8_t *payload,
                                 size_t payloadlen, void *user_data) {
  struct endpoint *endpoint = user_data;
  called(endpoint, ON_UNKNOWN_CTRL_RECV, session);
  for (size_t i = 0; i < headlen; ++i)
    endpoint->sum += head[i];
  for (size_t i = 0; i < payloadlen; ++i)
    endpoint->sum += payload[i];
}

void buffer_append(struct buffer *buffer, const void *data, size_t length) {
  if (length == 0)
    return;
  buffer->data = realloc(buffer->data, buffer->length + length);
  CHECK(buffer->data);
  memcpy(buffer->data + buffer->length, data, length);
  buffer->length += length;
}

void buffer_clear(struct buffer *buffer) {
  free(buffer->data);
  buffer->data = NULL;
  buffer->length = 0;
}

void endpoint_init(struct endpoint *endpoint, enum role role,
                   uint16_t version) {
  const spdylay_session_callbacks callbacks = {
      .send_callback = send_callback,
      .recv_callback = recv_callback,
      .on_ctrl_recv_callback = on_ctrl_recv,
      .on_invalid_ctrl_recv_callback = on_invalid_ctrl_recv,
      .on_data_chunk_recv_callback = on_data_chunk_recv,
      .on_data_recv_callback = on_data_recv,
      .before_ctrl_send_callback = before_ctrl_send,
      .on_ctrl_send_callback = on_ctrl_send,
      .on_ctrl_not_send_callback = on_ctrl_not_send,
      .on_data_send_callback = on_data_send,
      .on_stream_close_callback = on_stream_close,
      .on_request_recv_callback = on_request_recv,
      .on_ctrl_recv_parse_error_callback = on_ctrl_recv_parse_error,
      .on_unknown_ctrl_recv_callback = on_unknown_ctrl_recv};
  memset(endpoint, 0, sizeof *endpoint);
  if (role == CLIENT)
    CHECK_EQ(spdylay_session_client_new(&endpoint->session, version, &callbacks,
                                        endpoint),
             0);
  else
    CHECK_EQ(spdylay_session_server_new(&endpoint->session, version, &callbacks,
                                        endpoint),
             0);
}

void endpoint_free(struct endpoint *endpoint) {
  spdylay_session_del(endpoint->session);
  endpoint->session = NULL;
  buffer_clear(&endpoint->out);
}

spdylay_data_provider body_of(int bytes) {
  spdylay_data_provider provider = {.source = {.fd = bytes},
                                    .read_callback = read_callback};
  return provider;
}

/* Hands what one session has written to the other. */
static void deliver(struct endpoint *from, struct endpoint *to) {
  struct buffer bytes = from->out;
  from->out = (struct buffer){0};
  CHECK_EQ(spdylay_session_mem_recv(to->session, bytes.data, bytes.length),
           bytes.length);
  buffer_clear(&bytes);
}

void endpoints_talk(struct endpoint *a, struct endpoint *b) {
  for (;;) {
    CHECK_EQ(spdylay_session_send(a->session), 0);
    CHECK_EQ(spdylay_session_send(b->session), 0);
    if (a->out.length == 0 && b->out.length == 0)
      return;
    deliver(a, b);
    deliver(b, a);
  }
}
