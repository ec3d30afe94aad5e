#define _POSIX_C_SOURCE 200809L

#include "request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spdylay/spdylay.h>

#include "../client/clock.h"
#include "../client/xalloc.h"
#include "client.h"
#include "connection.h"
#include "nv.h"
#include "report.h"
#include "response.h"
#include "schedule.h"
#include "session.h"
#include "upload.h"

/* A server that keeps sending requests back unprocessed and answers none is not going to. */
#define FUTILE_ATTEMPTS_MAX 5

struct request *request_new(struct client *client, struct origin *origin, struct uri *uri,
                            uint8_t priority) {
  struct request *request = xcalloc(1, sizeof(*request));
  request->client = client;
  request->origin = origin;
  request->uri = *uri;
  request->priority = priority;
  request->response.content_length = -1;
  return request;
}

void request_free(struct request *request) {
  if (request->timer != NULL) {
    event_free(request->timer);
  }
  if (request->output != NULL) {
    output_discard(request->output);
  }
  response_free(&request->response);
  nv_free(request->headers);
  free(request->problem);
  free(request->reason);
  uri_free(&request->uri);
  free(request);
}

const char *request_method(const struct client *client) {
  const struct options *o = client->options;
  for (size_t i = 0; i < o->header_count; i++) {
    if (strcmp(o->headers[i].name, ":method") == 0) {
      return o->headers[i].value;
    }
  }
  return o->data != NULL ? "POST" : "GET";
}

/* Takes `name` for this request. False: it is another request's, or that of a file which a page must
 * not replace. */
static bool take_name(struct request *request, const char *name) {
  if (request->is_asset && access(name, F_OK) == 0) {
    return false;
  }
  return strset_add(&request->client->file_names, name);
}

/* The file that -O saves to, with a number appended if the name is taken. NULL: the URI does not name
 * a file. */
static char *remote_name(struct request *request) {
  const char *folder = request->client->options->output_dir;
  char *base = uri_file_name(&request->uri);
  if (base == NULL) {
    return NULL;
  }
  if (request->is_asset && base[0] == '.') {
    base[0] = '_'; /* nor may a page leave hidden files */
  }
  char *name = xasprintf("%s%s%s", folder != NULL ? folder : "", folder != NULL ? "/" : "", base);
  char *numbered = xstrdup(name);
  for (unsigned i = 1; !take_name(request, numbered); i++) {
    free(numbered);
    numbered = xasprintf("%s.%u", name, i);
  }
  free(base);
  free(name);
  return numbered;
}

static struct output *open_output(struct request *request) {
  const struct options *o = request->client->options;
  struct output *output = NULL;
  char *name;
  switch (options_destination(o)) {
  case TO_NOWHERE:
    output = output_null_new();
    break;
  case TO_FILE:
    output = output_file_new(o->output);
    break;
  case TO_REMOTE_NAME:
    name = remote_name(request);
    output = name != NULL ? output_file_new(name) : NULL;
    free(name);
    break;
  case TO_STDOUT:
    output = output_stdout_new(&request->client->stdout_queue);
    break;
  }
  return output;
}

static void on_timeout(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  struct request *request = arg;
  int64_t timeout = request->client->options->timeout;
  const struct connection *c = request->connection;

  /* It may still be waiting for its turn, because the server allows fewer streams than we do. That
   * is not its fault, as long as the connection is alive. */
  int64_t idle = c == NULL ? timeout : clock_now() - c->last_input;
  if (request->state == REQUEST_SUBMITTED && request->stream_id == 0 && idle < timeout) {
    int64_t rest = timeout - idle;
    const struct timeval again = {.tv_sec = rest / 1000000, .tv_usec = rest % 1000000};
    event_add(request->timer, &again);
    return;
  }
  const char *stage = request->response.status != 0 ? "in the middle of the response"
                      : c != NULL                   ? connection_stage(c)
                                                    : "while waiting for another connection";
  request_fail(request, OUTCOME_TIMEOUT, "timed out after %.3g s %s", (double)timeout / 1e6, stage);
}

bool request_start(struct request *request) {
  struct client *client = request->client;
  request->times.started = clock_now();
  clock_gettime(CLOCK_REALTIME, &request->times.wall_clock);

  request->output = open_output(request);
  if (request->output == NULL) {
    request_fail(request, OUTCOME_LOCAL_IO, "its path does not end in a usable file name");
    return false;
  }
  int64_t timeout = client->options->timeout;
  if (timeout > 0) {
    const struct timeval tv = {.tv_sec = timeout / 1000000, .tv_usec = timeout % 1000000};
    request->timer = xcheck(evtimer_new(client->base, on_timeout, request));
    evtimer_add(request->timer, &tv);
  }
  return true;
}

/* What was expected of the response is now what has come of it. */
static void settle_totals(struct request *request) {
  struct progress_totals *totals = &request->client->totals;
  const struct response *response = &request->response;
  if (response->status == 0) {
    return;
  }
  if (response->content_length < 0) {
    totals->unsized--;
  } else {
    totals->expected -= (uint64_t)response->content_length;
  }
  totals->expected += response->wire_bytes;
}

/* `reason` is NULL exactly if the outcome is OK; the request takes it over. */
static void finish(struct request *request, enum outcome outcome, char *reason) {
  struct client *client = request->client;
  request->finished = true;
  request->outcome = outcome;
  request->reason = reason;
  request->times.finished = clock_now();
  if (request->timer != NULL) {
    event_free(request->timer);
    request->timer = NULL;
  }
  if (request->output != NULL) {
    output_discard(request->output);
    request->output = NULL;
  }
  if (client->upload != NULL && !upload_can_restart(client->upload, 1)) {
    upload_set_ready(client->upload, NULL, NULL); /* this was the one request that could read it */
  }
  settle_totals(request);
  if (reason != NULL && !client->aborted) {
    report(request->uri.text, reason);
  }
  schedule_finished(client, request);
}

void request_fail(struct request *request, enum outcome outcome, const char *format, ...) {
  if (request->finished) {
    return;
  }
  char text[600];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);

  if (request->state == REQUEST_SUBMITTED && request->stream_id != 0) {
    session_cancel(request->connection, request);
  }
  uint64_t received = request->response.wire_bytes;
  char *reason = received == 0
                     ? xstrdup(text)
                     : xasprintf("%s (after %llu bytes)", text, (unsigned long long)received);
  finish(request, outcome, reason);
}

void request_complete(struct request *request) {
  if (request->finished) {
    return;
  }
  const char *defect = response_finish(request);
  if (defect != NULL) {
    request_fail(request, OUTCOME_SPDY, "%s", defect);
    return;
  }
  if (!output_commit(request->output)) {
    request_fail(request, OUTCOME_LOCAL_IO, "%s", request->output->problem);
    return;
  }
  const struct response *response = &request->response;
  if (response->status >= 400) {
    finish(request, OUTCOME_HTTP, xasprintf("HTTP status %s", response->status_text));
    return;
  }
  finish(request, OUTCOME_OK, NULL);
}

bool request_can_restart(const struct request *request) {
  const struct upload *upload = request->client->upload;
  return !request->finished && !request->client->aborted && request->response.status == 0 &&
         request->futile_attempts < FUTILE_ATTEMPTS_MAX &&
         (upload == NULL || upload_can_restart(upload, request->upload_offset));
}
