/* One SPDY stream, as Kubernetes uses them: the client opens it, the server answers, and from then
 * on bytes go both ways, each half ending on its own. */
#ifndef KUBEEXEC_STREAM_H
#define KUBEEXEC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/buffer.h>

#include <spdylay/spdylay.h>

struct connection;

enum stream_end {
  STREAM_COMPLETE,   /* both halves have ended */
  STREAM_RESET,      /* the server has reset it */
  STREAM_UNANSWERED, /* no SYN_REPLY in time */
  STREAM_NOT_OPENED, /* the session takes no new streams */
};

/* What a stream tells its owner. They are called from within the library, so they must not end the
 * connection; client_end() is fine. Any may be NULL. */
struct stream_events {
  void (*opened)(void *arg); /* answered: data may flow */
  void (*data)(void *arg, const uint8_t *data, size_t len);
  void (*finished)(void *arg); /* the server's half has ended */
  void (*drained)(void *arg);  /* there is little left to send */
  /* The stream is gone. Not called after stream_abandon(). */
  void (*closed)(void *arg, enum stream_end how);
};

struct stream {
  TAILQ_ENTRY(stream) link;
  struct connection *connection;
  const struct stream_events *events; /* NULL: abandoned */
  void *arg;
  int32_t id; /* 0 until SYN_STREAM is sent */
  struct event *reply_timer;
  struct evbuffer *output;
  bool answered;
  bool server_finished;
  bool sending;      /* the session has our data provider */
  bool parked;       /* it waits for stream_write() or stream_finish() */
  bool output_ended; /* FIN goes after what is in `output` */
};

TAILQ_HEAD(stream_list, stream);

/* Opens a stream with these headers, ended by NULL. NULL: the session takes no more. */
struct stream *stream_open(struct connection *connection, const char **headers,
                           const struct stream_events *events, void *arg);

/* Queues data, which goes out once the stream is answered. */
void stream_write(struct stream *stream, const void *data, size_t len);
/* The same for all of a buffer, without copying. */
void stream_write_buffer(struct stream *stream, struct evbuffer *data);

/* Ends our half after what is queued. */
void stream_finish(struct stream *stream);

/* How much is queued. Owners stop writing at STREAM_BACKLOG_MAX, until `drained`. */
size_t stream_backlog(const struct stream *stream);
#define STREAM_BACKLOG_MAX (128 * 1024)

/* Resets the stream unless it has ended, and tells its owner nothing any more. */
void stream_abandon(struct stream *stream);

/* For session.c. */
void stream_on_sent(struct stream *stream, int32_t id);
void stream_on_answer(struct stream *stream);
void stream_on_data(struct stream *stream, const uint8_t *data, size_t len);
void stream_on_finish(struct stream *stream);
void stream_on_close(struct stream *stream, enum stream_end how); /* frees it */
ssize_t stream_read_output(struct stream *stream, uint8_t *buf, size_t len, int *eof);

/* Frees it without a word, when the session is gone. */
void stream_free(struct stream *stream);

#endif
