#include "session.h"

#include <stdio.h>

#include <event2/buffer.h>

#include "../client/xalloc.h"

/* What may wait for the socket. */
#define OUTPUT_MAX (256 * 1024)

/* Fewer frames cost less, and moby/spdystream, which bounds its queues by frames and not by bytes,
 * keeps up for longer. It sends frames of this size itself. */
#define DATA_PAYLOAD (32 * 1024)

/* The server's only headers are those of SYN_REPLY, which are none. */
#define CONTROL_FRAME_MAX (16 * 1024)

static ssize_t on_send(spdylay_session *session, const uint8_t *data, size_t length, int flags,
                       void *user_data) {
  (void)session;
  (void)flags;
  struct connection *c = user_data;
  struct evbuffer *output = bufferevent_get_output(c->bev);
  if (evbuffer_get_length(output) >= OUTPUT_MAX && !c->closing) {
    return SPDYLAY_ERR_WOULDBLOCK; /* on_write() in connection.c asks again */
  }
  return evbuffer_add(output, data, length) == 0 ? (ssize_t)length : SPDYLAY_ERR_CALLBACK_FAILURE;
}

static struct stream *find(spdylay_session *session, int32_t id) {
  return spdylay_session_get_stream_user_data(session, id);
}

static void on_ctrl_recv(spdylay_session *session, spdylay_frame_type type, spdylay_frame *frame,
                         void *user_data) {
  struct connection *c = user_data;
  struct stream *stream;
  switch (type) {
  case SPDYLAY_SYN_REPLY:
    stream = find(session, frame->syn_reply.stream_id);
    if (stream != NULL) {
      stream_on_answer(stream);
    }
    break;
  case SPDYLAY_SYN_STREAM:
    spdylay_submit_rst_stream(session, frame->syn_stream.stream_id, SPDYLAY_REFUSED_STREAM);
    break;
  case SPDYLAY_GOAWAY:
    connection_on_goaway(c);
    break;
  default:
    break;
  }
}

static void on_parse_error(spdylay_session *session, spdylay_frame_type type, const uint8_t *head,
                           size_t head_len, const uint8_t *payload, size_t payload_len,
                           int error_code, void *user_data) {
  (void)session;
  (void)head;
  (void)head_len;
  (void)payload;
  (void)payload_len;
  struct connection *c = user_data;
  snprintf(c->problem, sizeof(c->problem), "a malformed frame of type %d: %s", (int)type,
           spdylay_strerror(error_code));
}

static void on_data_chunk_recv(spdylay_session *session, uint8_t flags, int32_t stream_id,
                               const uint8_t *data, size_t len, void *user_data) {
  (void)flags;
  (void)user_data;
  struct stream *stream = find(session, stream_id);
  if (stream != NULL) {
    stream_on_data(stream, data, len);
  }
}

/* FIN, of whatever frame. */
static void on_remote_close(spdylay_session *session, int32_t stream_id, void *user_data) {
  (void)user_data;
  struct stream *stream = find(session, stream_id);
  if (stream != NULL) {
    stream_on_finish(stream);
  }
}

static void on_ctrl_send(spdylay_session *session, spdylay_frame_type type, spdylay_frame *frame,
                         void *user_data) {
  (void)user_data;
  if (type == SPDYLAY_SYN_STREAM) {
    struct stream *stream = find(session, frame->syn_stream.stream_id);
    if (stream != NULL) {
      stream_on_sent(stream, frame->syn_stream.stream_id);
    }
  }
}

static void on_ctrl_not_send(spdylay_session *session, spdylay_frame_type type,
                             spdylay_frame *frame, int error_code, void *user_data) {
  (void)error_code;
  (void)user_data;
  if (type == SPDYLAY_SYN_STREAM) {
    int32_t id = frame->syn_stream.stream_id;
    struct stream *stream = find(session, id);
    if (stream != NULL) {
      spdylay_session_set_stream_user_data(session, id, NULL);
      stream_on_close(stream, STREAM_NOT_OPENED);
    }
  }
}

static void on_stream_close(spdylay_session *session, int32_t stream_id,
                            spdylay_status_code status_code, void *user_data) {
  (void)user_data;
  struct stream *stream = find(session, stream_id);
  if (stream != NULL) {
    stream_on_close(stream, status_code == SPDYLAY_OK ? STREAM_COMPLETE : STREAM_RESET);
  }
}

static ssize_t on_read_output(spdylay_session *session, int32_t stream_id, uint8_t *buf,
                              size_t length, int *eof, spdylay_data_source *source,
                              void *user_data) {
  (void)source;
  (void)user_data;
  struct stream *stream = find(session, stream_id);
  return stream != NULL ? stream_read_output(stream, buf, length, eof)
                        : SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* A peer built on moby/spdystream neither obeys windows nor opens them. TCP is what holds it back,
 * so connection_pause() stops reading. */
static int set_up(spdylay_session *session) {
  int yes = 1;
  uint32_t payload = DATA_PAYLOAD;
  uint32_t control = CONTROL_FRAME_MAX;
  int error = spdylay_session_set_option(session, SPDYLAY_OPT_NO_FLOW_CONTROL, &yes, sizeof(yes));
  if (error == 0) {
    error = spdylay_session_set_option(session, SPDYLAY_OPT_MAX_DATA_PAYLOAD, &payload,
                                       sizeof(payload));
  }
  if (error == 0) {
    error = spdylay_session_set_option(session, SPDYLAY_OPT_MAX_RECV_CTRL_FRAME_BUFFER, &control,
                                       sizeof(control));
  }
  if (error == 0) {
    error = spdylay_session_set_on_stream_remote_close_callback(session, on_remote_close);
  }
  return error;
}

bool session_start(struct connection *c) {
  static const spdylay_session_callbacks CALLBACKS = {
      .send_callback = on_send,
      .on_ctrl_recv_callback = on_ctrl_recv,
      .on_data_chunk_recv_callback = on_data_chunk_recv,
      .on_ctrl_send_callback = on_ctrl_send,
      .on_ctrl_not_send_callback = on_ctrl_not_send,
      .on_stream_close_callback = on_stream_close,
      .on_ctrl_recv_parse_error_callback = on_parse_error,
  };
  return spdylay_session_client_new(&c->session, SPDYLAY_PROTO_SPDY3_1, &CALLBACKS, c) == 0 &&
         set_up(c->session) == 0;
}

bool session_open_stream(struct stream *stream, const char **headers) {
  struct connection *c = stream->connection;
  connection_wake(c);
  return spdylay_submit_syn_stream(c->session, SPDYLAY_CTRL_FLAG_NONE, 0, 0, headers, stream) == 0;
}

void session_send_output(struct stream *stream) {
  const spdylay_data_provider output = {.read_callback = on_read_output};
  struct connection *c = stream->connection;
  int error = spdylay_submit_data(c->session, stream->id, SPDYLAY_DATA_FLAG_FIN, &output);
  xcheck(error == 0 ? stream : NULL);
  connection_wake(c);
}

void session_resume_output(struct stream *stream) {
  spdylay_session_resume_data(stream->connection->session, stream->id);
  connection_wake(stream->connection);
}

void session_reset(struct stream *stream) {
  struct connection *c = stream->connection;
  spdylay_submit_rst_stream(c->session, stream->id, SPDYLAY_CANCEL);
  connection_wake(c);
}
