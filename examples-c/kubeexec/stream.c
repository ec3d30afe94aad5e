#include "stream.h"

#include <stdlib.h>

#include <event2/event.h>

#include "../client/xalloc.h"
#include "client.h"
#include "connection.h"
#include "session.h"

/* The owner is asked for more when less than this is left. */
#define BACKLOG_LOW (32 * 1024)

void stream_free(struct stream *stream) {
  TAILQ_REMOVE(&stream->connection->streams, stream, link);
  event_free(stream->reply_timer);
  evbuffer_free(stream->output);
  free(stream);
}

/* The owner hears of it once, and of nothing after it. */
static void tell_closed(struct stream *stream, enum stream_end how) {
  const struct stream_events *events = stream->events;
  stream->events = NULL;
  if (events != NULL && events->closed != NULL) {
    events->closed(stream->arg, how);
  }
}

void stream_abandon(struct stream *stream) {
  stream->events = NULL;
  /* Before SYN_STREAM is sent there is no id to reset; stream_on_sent() does it then. */
  if (stream->id != 0) {
    session_reset(stream);
  }
}

static void on_no_reply(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  struct stream *stream = arg;
  tell_closed(stream, STREAM_UNANSWERED);
  stream_abandon(stream);
}

struct stream *stream_open(struct connection *connection, const char **headers,
                           const struct stream_events *events, void *arg) {
  const struct timeval patience = {.tv_sec = connection->client->options->timeout};
  struct stream *stream = xcalloc(1, sizeof(*stream));
  stream->connection = connection;
  stream->events = events;
  stream->arg = arg;
  stream->output = xcheck(evbuffer_new());
  stream->reply_timer = xcheck(evtimer_new(connection->client->base, on_no_reply, stream));
  TAILQ_INSERT_TAIL(&connection->streams, stream, link);
  if (!session_open_stream(stream, headers)) {
    stream_free(stream);
    return NULL;
  }
  evtimer_add(stream->reply_timer, &patience);
  return stream;
}

/* Data that arrives before SYN_REPLY would be dropped by the other side, so none is sent before. */
static void send_output(struct stream *stream) {
  if (!stream->answered || (!stream->output_ended && stream_backlog(stream) == 0)) {
    return;
  }
  if (!stream->sending) {
    stream->sending = true;
    session_send_output(stream);
  } else if (stream->parked) {
    stream->parked = false;
    session_resume_output(stream);
  }
}

void stream_write(struct stream *stream, const void *data, size_t len) {
  xcheck(evbuffer_add(stream->output, data, len) == 0 ? stream : NULL);
  send_output(stream);
}

void stream_write_buffer(struct stream *stream, struct evbuffer *data) {
  xcheck(evbuffer_add_buffer(stream->output, data) == 0 ? stream : NULL);
  send_output(stream);
}

void stream_finish(struct stream *stream) {
  stream->output_ended = true;
  send_output(stream);
}

size_t stream_backlog(const struct stream *stream) {
  return evbuffer_get_length(stream->output);
}

ssize_t stream_read_output(struct stream *stream, uint8_t *buf, size_t len, int *eof) {
  size_t before = stream_backlog(stream);
  int n = evbuffer_remove(stream->output, buf, len);
  size_t left = stream_backlog(stream);
  *eof = left == 0 && stream->output_ended;
  if (left < BACKLOG_LOW && before >= BACKLOG_LOW && stream->events != NULL &&
      stream->events->drained != NULL) {
    stream->events->drained(stream->arg);
  }
  if (n == 0 && !*eof) {
    stream->parked = true;
    return SPDYLAY_ERR_DEFERRED;
  }
  return n;
}

void stream_on_sent(struct stream *stream, int32_t id) {
  stream->id = id;
  if (stream->events == NULL) {
    session_reset(stream);
  }
}

void stream_on_answer(struct stream *stream) {
  if (stream->answered) {
    return;
  }
  stream->answered = true;
  evtimer_del(stream->reply_timer);
  if (stream->events != NULL && stream->events->opened != NULL) {
    stream->events->opened(stream->arg);
  }
  send_output(stream);
}

void stream_on_data(struct stream *stream, const uint8_t *data, size_t len) {
  if (stream->events != NULL && stream->events->data != NULL) {
    stream->events->data(stream->arg, data, len);
  }
}

void stream_on_finish(struct stream *stream) {
  stream->server_finished = true;
  if (stream->events != NULL && stream->events->finished != NULL) {
    stream->events->finished(stream->arg);
  }
}

void stream_on_close(struct stream *stream, enum stream_end how) {
  tell_closed(stream, how);
  stream_free(stream);
}
