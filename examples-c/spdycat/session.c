#define _POSIX_C_SOURCE 200809L

#include "session.h"

#include <stdio.h>
#include <stdlib.h>

#include <event2/buffer.h>

#include "../client/clock.h"
#include "../client/xalloc.h"
#include "client.h"
#include "nv.h"
#include "response.h"
#include "schedule.h"
#include "trace.h"
#include "upload.h"

/* Windows without -w. A window bounds what may be under way unread, and everything is written out as
 * it comes, so large ones cost nothing here and keep long fat networks full. */
#define STREAM_WINDOW_BITS 24
#define SESSION_WINDOW (INT32_C(1) << 26)

/* What may wait for the socket. More would only delay frames of higher priority. */
#define OUTPUT_MAX (64 * 1024)

/* No honest header block is larger. */
#define CONTROL_FRAME_MAX (256 * 1024)

static ssize_t on_send(spdylay_session *session, const uint8_t *data, size_t length, int flags,
                       void *user_data) {
  (void)session;
  (void)flags;
  struct connection *c = user_data;
  struct evbuffer *output = bufferevent_get_output(c->bev);
  if (evbuffer_get_length(output) >= OUTPUT_MAX) {
    return SPDYLAY_ERR_WOULDBLOCK; /* on_write() in connection.c asks again */
  }
  if (evbuffer_add(output, data, length) != 0) {
    return SPDYLAY_ERR_CALLBACK_FAILURE;
  }
  return (ssize_t)length;
}

/* The unfinished request behind a stream, or NULL. */
static struct request *find_request(spdylay_session *session, int32_t stream_id) {
  struct request *request = spdylay_session_get_stream_user_data(session, stream_id);
  return request == NULL || request->finished ? NULL : request;
}

static void on_response_fin(spdylay_session *session, struct request *request) {
  request->response.complete = true;
  if (!request->upload_complete && request->response.status >= 400) {
    /* The server has refused; the rest of the upload would be a waste. */
    spdylay_submit_rst_stream(session, request->stream_id, SPDYLAY_CANCEL);
  }
}

static void on_response_headers(spdylay_session *session, int32_t stream_id, uint8_t flags,
                                char **nv) {
  struct request *request = find_request(session, stream_id);
  if (request == NULL) {
    return;
  }
  request->connection->answers++;
  response_on_headers(request, nv);
  if ((flags & SPDYLAY_CTRL_FLAG_FIN) && !request->finished) {
    on_response_fin(session, request);
  }
}

/* The server takes no new streams. It says which ones it has not touched: those can be sent again
 * over another connection without doing anything twice. */
static void on_goaway(struct connection *c, const spdylay_goaway *goaway) {
  c->draining = true;
  if (c->origin->connection == c) {
    c->origin->connection = NULL;
  }
  c->goaway_received = true;
  if (goaway->status_code != SPDYLAY_GOAWAY_OK) {
    c->broken = true;
    snprintf(c->problem, sizeof(c->problem), "the server ended the session: GOAWAY with status %s",
             trace_goaway_status_name(goaway->status_code));
    return;
  }
  struct request *next;
  for (struct request *r = TAILQ_FIRST(&c->requests); r != NULL; r = next) {
    next = TAILQ_NEXT(r, link);
    if (r->stream_id <= goaway->last_good_stream_id) {
      continue; /* being answered, or not sent yet: see on_ctrl_not_send() */
    }
    if (request_can_restart(r)) {
      spdylay_session_set_stream_user_data(c->session, r->stream_id, NULL);
      session_cancel(c, r);
      schedule_again(c->client, r);
    } else {
      request_fail(r, OUTCOME_SPDY, "the server ended the session without processing the request");
    }
  }
}

static void on_ctrl_recv(spdylay_session *session, spdylay_frame_type type, spdylay_frame *frame,
                         void *user_data) {
  struct connection *c = user_data;
  struct request *request;
  trace_frame(c->number, TRACE_RECV, type, frame);
  switch (type) {
  case SPDYLAY_SYN_REPLY:
    on_response_headers(session, frame->syn_reply.stream_id, frame->syn_reply.hd.flags,
                        frame->syn_reply.nv);
    break;
  case SPDYLAY_HEADERS:
    on_response_headers(session, frame->headers.stream_id, frame->headers.hd.flags,
                        frame->headers.nv);
    break;
  case SPDYLAY_SYN_STREAM:
    /* A pushed resource, which nobody has asked for. */
    spdylay_submit_rst_stream(session, frame->syn_stream.stream_id, SPDYLAY_REFUSED_STREAM);
    break;
  case SPDYLAY_RST_STREAM:
    request = find_request(session, frame->rst_stream.stream_id);
    if (request != NULL) {
      request->reset_by_peer = true;
    }
    break;
  case SPDYLAY_GOAWAY:
    on_goaway(c, &frame->goaway);
    break;
  default:
    break;
  }
}

static int32_t stream_id_of(spdylay_frame_type type, const spdylay_frame *frame) {
  switch (type) {
  case SPDYLAY_SYN_REPLY: return frame->syn_reply.stream_id;
  case SPDYLAY_HEADERS: return frame->headers.stream_id;
  case SPDYLAY_WINDOW_UPDATE: return frame->window_update.stream_id;
  default: return 0;
  }
}

/* The library has queued what the protocol asks for, which is RST_STREAM or GOAWAY. */
static void on_invalid_ctrl_recv(spdylay_session *session, spdylay_frame_type type,
                                 spdylay_frame *frame, uint32_t status_code, void *user_data) {
  struct connection *c = user_data;
  snprintf(c->problem, sizeof(c->problem), "the server sent an invalid %s frame (%s)",
           trace_frame_name((int)type), trace_status_name(status_code));
  trace_note(c->number, "%s", c->problem);
  struct request *request = find_request(session, stream_id_of(type, frame));
  if (request != NULL && request->problem == NULL) {
    request->problem = xstrdup(c->problem);
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
  snprintf(c->problem, sizeof(c->problem), "the server sent a malformed %s frame: %s",
           trace_frame_name((int)type), spdylay_strerror(error_code));
  trace_note(c->number, "%s", c->problem);
  c->broken = true;
}

static void on_unknown_ctrl_recv(spdylay_session *session, const uint8_t *head, size_t head_len,
                                 const uint8_t *payload, size_t payload_len, void *user_data) {
  (void)session;
  (void)payload;
  const struct connection *c = user_data;
  unsigned type = head_len >= 4 ? (unsigned)head[2] << 8 | head[3] : 0;
  trace_note(c->number, "recv frame of unknown type %u, length %zu: ignored", type, payload_len);
}

static void on_data_chunk_recv(spdylay_session *session, uint8_t flags, int32_t stream_id,
                               const uint8_t *data, size_t len, void *user_data) {
  (void)flags;
  (void)user_data;
  struct request *request = find_request(session, stream_id);
  if (request != NULL) {
    response_on_data(request, data, len);
  }
}

static void on_data_recv(spdylay_session *session, uint8_t flags, int32_t stream_id,
                         int32_t length, void *user_data) {
  const struct connection *c = user_data;
  trace_data(c->number, TRACE_RECV, flags, stream_id, length);
  struct request *request = find_request(session, stream_id);
  if (request != NULL && (flags & SPDYLAY_DATA_FLAG_FIN)) {
    on_response_fin(session, request);
  }
}

static void on_ctrl_send(spdylay_session *session, spdylay_frame_type type, spdylay_frame *frame,
                         void *user_data) {
  const struct connection *c = user_data;
  trace_frame(c->number, TRACE_SEND, type, frame);
  if (type != SPDYLAY_SYN_STREAM) {
    return;
  }
  int32_t stream_id = frame->syn_stream.stream_id;
  struct request *request = spdylay_session_get_stream_user_data(session, stream_id);
  if (request == NULL) {
    return;
  }
  request->stream_id = stream_id;
  request->times.sent = clock_now();
  if (request->client->har != NULL) {
    nv_free(request->headers);
    request->headers = NULL;
    nv_append(&request->headers, frame->syn_stream.nv);
  }
  if (request->finished) {
    /* It timed out while it was waiting for its turn, and there is no way to take it back. */
    spdylay_submit_rst_stream(session, stream_id, SPDYLAY_CANCEL);
  }
}

/* The session will not mention the request again. */
static void release(struct connection *c, struct request *request) {
  if (request->finished) {
    TAILQ_REMOVE(&c->requests, request, link);
    request_free(request);
  }
}

static void on_ctrl_not_send(spdylay_session *session, spdylay_frame_type type,
                             spdylay_frame *frame, int error_code, void *user_data) {
  struct connection *c = user_data;
  trace_note(c->number, "%s frame not sent: %s", trace_frame_name((int)type),
             spdylay_strerror(error_code));
  if (type != SPDYLAY_SYN_STREAM) {
    return;
  }
  int32_t stream_id = frame->syn_stream.stream_id;
  struct request *request = spdylay_session_get_stream_user_data(session, stream_id);
  if (request == NULL) {
    return;
  }
  spdylay_session_set_stream_user_data(session, stream_id, NULL);
  if (error_code == SPDYLAY_ERR_SYN_STREAM_NOT_ALLOWED && request_can_restart(request)) {
    schedule_again(c->client, request);
    return;
  }
  request_fail(request, OUTCOME_SPDY, "%s", spdylay_strerror(error_code));
  release(c, request);
}

static void on_data_send(spdylay_session *session, uint8_t flags, int32_t stream_id,
                         int32_t length, void *user_data) {
  struct connection *c = user_data;
  trace_data(c->number, TRACE_SEND, flags, stream_id, length);
  c->client->totals.uploaded += (uint64_t)length;
  struct request *request = find_request(session, stream_id);
  if (request != NULL && (flags & SPDYLAY_DATA_FLAG_FIN)) {
    request->upload_complete = true;
    request->times.uploaded = clock_now();
  }
}

static void on_stream_close(spdylay_session *session, int32_t stream_id,
                            spdylay_status_code status_code, void *user_data) {
  struct connection *c = user_data;
  struct request *request = spdylay_session_get_stream_user_data(session, stream_id);
  if (request == NULL) {
    return;
  }
  if (!request->finished) {
    if (request->response.complete) {
      request_complete(request);
    } else if (status_code == SPDYLAY_REFUSED_STREAM && request_can_restart(request)) {
      spdylay_session_set_stream_user_data(session, stream_id, NULL);
      schedule_again(c->client, request);
      return;
    } else if (request->reset_by_peer) {
      request_fail(request, OUTCOME_SPDY, "the server reset the stream: %s",
                   trace_status_name((uint32_t)status_code));
    } else {
      request_fail(request, OUTCOME_SPDY, "%s",
                   request->problem != NULL ? request->problem : "the stream was closed early");
    }
  }
  release(c, request);
}

static void on_upload_ready(void *arg) {
  struct request *request = arg;
  if (request->state != REQUEST_SUBMITTED) {
    return; /* it is waiting for another connection, and will read from there */
  }
  spdylay_session_resume_data(request->connection->session, request->stream_id);
  connection_pump(request->connection);
}

static ssize_t on_upload_read(spdylay_session *session, int32_t stream_id, uint8_t *buf,
                              size_t length, int *eof, spdylay_data_source *source,
                              void *user_data) {
  (void)source;
  (void)user_data;
  struct request *request = find_request(session, stream_id);
  if (request == NULL) {
    return SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  struct upload *upload = request->client->upload;
  upload_set_ready(upload, on_upload_ready, request);
  ssize_t n = upload_read(upload, &request->upload_offset, buf, length, eof);
  if (n == SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE) {
    request_fail(request, OUTCOME_LOCAL_IO, "%s", upload_problem(upload));
  }
  return n;
}

static int submit_windows(struct connection *c) {
  int bits = c->client->options->window_bits;
  int32_t stream_window = INT32_C(1) << (bits < 0 ? STREAM_WINDOW_BITS : bits);
  int32_t session_window = bits < 0 ? SESSION_WINDOW : stream_window;
  if (c->version == SPDYLAY_PROTO_SPDY2) {
    return 0; /* no flow control */
  }
  const spdylay_settings_entry settings[] = {{
      .settings_id = SPDYLAY_SETTINGS_INITIAL_WINDOW_SIZE,
      .flags = SPDYLAY_ID_FLAG_SETTINGS_NONE,
      .value = (uint32_t)stream_window,
  }};
  int error = spdylay_submit_settings(c->session, SPDYLAY_FLAG_SETTINGS_NONE, settings, 1);
  if (error == 0 && c->version == SPDYLAY_PROTO_SPDY3_1 &&
      session_window > SPDYLAY_INITIAL_WINDOW_SIZE) {
    /* SETTINGS is about streams only; the session's own window grows by WINDOW_UPDATE. */
    error = spdylay_submit_window_update(c->session, 0,
                                         session_window - SPDYLAY_INITIAL_WINDOW_SIZE);
  }
  return error;
}

int session_start(struct connection *c) {
  static const spdylay_session_callbacks CALLBACKS = {
      .send_callback = on_send,
      .on_ctrl_recv_callback = on_ctrl_recv,
      .on_invalid_ctrl_recv_callback = on_invalid_ctrl_recv,
      .on_data_chunk_recv_callback = on_data_chunk_recv,
      .on_data_recv_callback = on_data_recv,
      .on_ctrl_send_callback = on_ctrl_send,
      .on_ctrl_not_send_callback = on_ctrl_not_send,
      .on_data_send_callback = on_data_send,
      .on_stream_close_callback = on_stream_close,
      .on_ctrl_recv_parse_error_callback = on_parse_error,
      .on_unknown_ctrl_recv_callback = on_unknown_ctrl_recv,
  };
  spdylay_session *session;
  int error = spdylay_session_client_new(&session, c->version, &CALLBACKS, c);
  if (error != 0) {
    return error;
  }
  c->session = session;
  uint32_t max = CONTROL_FRAME_MAX;
  error = spdylay_session_set_option(session, SPDYLAY_OPT_MAX_RECV_CTRL_FRAME_BUFFER, &max,
                                     sizeof(max));
  return error != 0 ? error : submit_windows(c);
}

int session_submit(struct connection *c, struct request *request) {
  const spdylay_data_provider body = {.read_callback = on_upload_read};
  bool has_body = c->client->upload != NULL;
  const char **nv = request_headers(request);
  request->upload_complete = !has_body;
  int error = spdylay_submit_request(c->session, request->priority, nv, has_body ? &body : NULL,
                                     request);
  free(nv);
  if (error == 0) {
    request->state = REQUEST_SUBMITTED;
    request->answers_before = c->answers;
  }
  return error;
}

void session_cancel(struct connection *c, struct request *request) {
  if (c->session != NULL) {
    spdylay_submit_rst_stream(c->session, request->stream_id, SPDYLAY_CANCEL);
    schedule_wake(c->client);
  }
}
