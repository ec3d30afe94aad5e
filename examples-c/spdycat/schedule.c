#include "schedule.h"

#include <stdlib.h>
#include <string.h>

#include "../client/xalloc.h"
#include "report.h"

static struct origin *find_origin(struct client *client, const struct uri *uri) {
  char *key = xasprintf("%s://%s", uri->scheme, uri->authority);
  struct origin *origin;
  TAILQ_FOREACH(origin, &client->origins, link) {
    if (strcmp(origin->key, key) == 0) {
      free(key);
      return origin;
    }
  }
  origin = xcalloc(1, sizeof(*origin));
  origin->key = key;
  origin->host = xstrdup(uri->host);
  origin->port = uri->port;
  TAILQ_INSERT_TAIL(&client->origins, origin, link);
  return origin;
}

void schedule_free_origins(struct client *client) {
  struct origin *origin;
  while ((origin = TAILQ_FIRST(&client->origins)) != NULL) {
    TAILQ_REMOVE(&client->origins, origin, link);
    free(origin->key);
    free(origin->host);
    free(origin);
  }
}

void schedule_add(struct client *client, struct uri *uri, const struct request *page,
                  uint8_t delay) {
  const struct options *o = client->options;
  if (!o->allow_repeats && !strset_add(&client->requested, uri->text)) {
    uri_free(uri);
    return;
  }

  struct origin *origin = find_origin(client, uri);
  origin->named_by_user = origin->named_by_user || page == NULL;
  for (unsigned i = 0; i < o->multiply; i++) {
    struct uri copy = uri_copy(uri);
    struct request *request =
        request_new(client, origin, &copy, (uint8_t)(o->priority + delay));
    request->is_asset = page != NULL;
    request->is_foreign = page != NULL && page->origin != origin;
    request->state = REQUEST_PENDING;
    origin->pending++;
    TAILQ_INSERT_TAIL(&client->pending, request, link);
    client->totals.requests++;
  }
  uri_free(uri);
  schedule_wake(client);
}

void schedule_wake(struct client *client) {
  event_active(client->schedule, EV_TIMEOUT, 0);
}

static bool may_start(const struct client *client, const struct request *request) {
  if (client->in_flight >= client->options->max_concurrent) {
    return false;
  }
  /* Bodies that wait for their turn on the standard output hold a file each. */
  return request->output != NULL ||
         client->stdout_queue.length < client->options->max_concurrent;
}

static void start_requests(struct client *client) {
  struct request *request;
  while ((request = TAILQ_FIRST(&client->pending)) != NULL && may_start(client, request)) {
    bool first_time = request->output == NULL;
    if (first_time && !request_start(request)) {
      continue;
    }
    struct origin *origin = request->origin;
    TAILQ_REMOVE(&client->pending, request, link);
    origin->pending--;
    client->in_flight++;
    if (origin->connection == NULL) {
      origin->connection = connection_new(client, origin);
    }
    connection_add(origin->connection, request);
  }
}

static void tend_connections(struct client *client) {
  struct connection *next;
  for (struct connection *c = TAILQ_FIRST(&client->connections); c != NULL; c = next) {
    next = TAILQ_NEXT(c, link);
    bool wanted = c->active > 0 || (!c->draining && c->origin->pending > 0);
    if (wanted) {
      connection_pump(c);
    } else {
      connection_close(c);
    }
  }
}

void schedule_run(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  struct client *client = arg;
  if (client->stdout_queue.problem != NULL) {
    schedule_abort(client, OUTCOME_LOCAL_IO, client->stdout_queue.problem);
  }
  start_requests(client);
  tend_connections(client);
  if (TAILQ_EMPTY(&client->pending) && TAILQ_EMPTY(&client->connections)) {
    event_base_loopexit(client->base, NULL);
  }
}

void schedule_finished(struct client *client, struct request *request) {
  client->outcome = outcome_combine(client->outcome, request->outcome);
  client->totals.finished++;
  stats_add_request(client->stats, request);
  har_add(client->har, request);

  switch (request->state) {
  case REQUEST_PENDING:
    request->origin->pending--;
    TAILQ_REMOVE(&client->pending, request, link);
    request_free(request);
    break;
  case REQUEST_ASSIGNED:
    client->in_flight--;
    request->connection->active--;
    TAILQ_REMOVE(&request->connection->requests, request, link);
    request_free(request);
    break;
  case REQUEST_SUBMITTED:
    client->in_flight--;
    request->connection->active--;
    break;
  }
  schedule_wake(client);
}

void schedule_again(struct client *client, struct request *request) {
  bool futile = request->connection->answers == request->answers_before;
  request->futile_attempts = futile ? request->futile_attempts + 1 : 0;
  request->connection->active--;
  client->in_flight--;
  TAILQ_REMOVE(&request->connection->requests, request, link);
  request->stream_id = 0;
  request->upload_offset = 0;
  request->upload_complete = false;
  request->reset_by_peer = false;

  request->state = REQUEST_PENDING;
  request->connection = NULL;
  request->origin->pending++;
  TAILQ_INSERT_HEAD(&client->pending, request, link);
  schedule_wake(client);
}

void schedule_abort(struct client *client, enum outcome outcome, const char *reason) {
  if (client->aborted) {
    return;
  }
  client->aborted = true;
  client->outcome = outcome_combine(client->outcome, outcome);
  report("giving up", reason);

  struct request *request;
  while ((request = TAILQ_FIRST(&client->pending)) != NULL) {
    request_fail(request, outcome, "%s", reason);
  }
  struct connection *connection;
  TAILQ_FOREACH(connection, &client->connections, link) {
    struct request *next;
    for (request = TAILQ_FIRST(&connection->requests); request != NULL; request = next) {
      next = TAILQ_NEXT(request, link);
      request_fail(request, outcome, "%s", reason);
    }
  }
}
