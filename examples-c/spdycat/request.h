/* One request and its response, from the queue to the exit code.
 *
 * A request is owned by the list that it stands in: the client's `pending` queue, then the
 * `requests` of a connection. It may go back to the queue, if the server is known not to have
 * touched it. Once it has finished it is freed, at the latest when the session lets go of it. */
#ifndef SPDYCAT_REQUEST_H
#define SPDYCAT_REQUEST_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <time.h>

#include "../client/uri.h"
#include "outcome.h"
#include "output.h"

struct client;
struct connection;
struct decoder;
struct html_scanner;
struct origin;

enum request_state {
  REQUEST_PENDING,   /* in the client's queue */
  REQUEST_ASSIGNED,  /* given to a connection that may still be under way */
  REQUEST_SUBMITTED, /* given to the SPDY session, which now holds a pointer to it */
};

/* By the monotonic clock; 0: did not happen. */
struct request_times {
  int64_t started; /* left the queue for the first time */
  int64_t sent;    /* the SYN_STREAM */
  int64_t uploaded;
  int64_t first_byte; /* the SYN_REPLY */
  int64_t finished;
  struct timespec wall_clock; /* that of `started` */
};

struct response {
  char **headers; /* everything received so far; NULL: nothing */
  int status;     /* 0: none yet */
  char *status_text;
  int64_t content_length; /* -1: not told */
  uint64_t wire_bytes;    /* of the body */
  uint64_t body_bytes;    /* after decoding */
  bool complete;          /* FIN has been received */
  struct decoder *decoder;
  struct html_scanner *scanner; /* of a page whose assets are wanted */
  size_t assets;                /* found so far */
};

struct request {
  TAILQ_ENTRY(request) link;
  struct client *client;
  struct origin *origin;
  struct connection *connection; /* NULL while pending */
  struct uri uri;
  uint8_t priority;
  bool is_asset;   /* found in a page; its own links are not followed */
  bool is_foreign; /* and of another origin, which must not see the user's headers */

  enum request_state state;
  bool finished;
  bool reset_by_peer;
  char *problem; /* what the session found wrong with its frames, or NULL */
  int32_t stream_id; /* 0 until the SYN_STREAM is sent */
  unsigned futile_attempts; /* sent back while nothing else was answered either */
  size_t answers_before;    /* connection->answers when it was submitted */
  struct event *timer;
  struct output *output; /* NULL until it has started */
  uint64_t upload_offset;
  bool upload_complete;
  bool owns_connection_times; /* the connection was made for it: the archive shows that there */

  char content_length[24]; /* of the upload; the header list refers to it */
  char **headers;          /* as sent; kept for the archive only */
  struct response response;
  struct request_times times;

  enum outcome outcome;
  char *reason; /* unless `outcome` is OK */
};

TAILQ_HEAD(request_list, request);

/* Takes over the contents of `uri`. */
struct request *request_new(struct client *client, struct origin *origin, struct uri *uri,
                            uint8_t priority);
void request_free(struct request *request);

/* The first time that it leaves the queue: prepares its output and starts its time-out. False: it
 * has failed and is gone. */
bool request_start(struct request *request);

/* Ends it with a message to the user, and cancels its stream. Does nothing if it has finished. May
 * free it, unless its state is SUBMITTED. */
void request_fail(struct request *request, enum outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The stream has ended and the response is complete: checks and delivers it. */
void request_complete(struct request *request);

/* May it be sent again, given that the server has not acted on it? */
bool request_can_restart(const struct request *request);

/* The library's name-value list for it. Its strings belong to the request and the options; free()
 * the list itself. */
const char **request_headers(struct request *request);

/* Of all requests of this run. */
const char *request_method(const struct client *client);

#endif
