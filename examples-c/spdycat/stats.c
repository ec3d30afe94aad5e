#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

#include "../client/clock.h"
#include "../client/escape.h"
#include "../client/xalloc.h"
#include "client.h"
#include "report.h"
#include "trace.h"

struct request_row {
  char *uri;
  char *status; /* of the response, or what went wrong */
  int64_t start;
  int64_t first_byte; /* after the SYN_STREAM; -1: there was none */
  int64_t total;
  uint64_t wire_bytes;
  uint64_t body_bytes;
  bool ok;
};

struct connection_row {
  char *origin;
  char *address;
  unsigned number;
  uint16_t version;
  struct connection_times times;
};

struct stats {
  int64_t began;
  struct request_row *requests;
  size_t request_count;
  struct connection_row *connections;
  size_t connection_count;
};

struct stats *stats_new(void) {
  struct stats *stats = xcalloc(1, sizeof(*stats));
  stats->began = clock_now();
  return stats;
}

void stats_free(struct stats *stats) {
  if (stats == NULL) {
    return;
  }
  for (size_t i = 0; i < stats->request_count; i++) {
    free(stats->requests[i].uri);
    free(stats->requests[i].status);
  }
  for (size_t i = 0; i < stats->connection_count; i++) {
    free(stats->connections[i].origin);
    free(stats->connections[i].address);
  }
  free(stats->requests);
  free(stats->connections);
  free(stats);
}

/* A place at the end of `*rows`, whose capacity is the power of two that `count` fits in. */
static void *grow(void *rows, size_t count, size_t size) {
  bool full = (count & (count - 1)) == 0;
  return full ? xreallocarray(rows, count == 0 ? 1 : count * 2, size) : rows;
}

void stats_add_request(struct stats *stats, const struct request *request) {
  if (stats == NULL) {
    return;
  }
  stats->requests = grow(stats->requests, stats->request_count, sizeof(*stats->requests));
  const struct request_times *t = &request->times;
  const struct response *response = &request->response;
  bool answered = response->status_text != NULL &&
                  (request->outcome == OUTCOME_OK || request->outcome == OUTCOME_HTTP);
  int64_t start = t->started == 0 ? t->finished : t->started;
  stats->requests[stats->request_count++] = (struct request_row){
      .uri = xstrdup(request->uri.text),
      .status = xstrdup(answered ? response->status_text : request->reason),
      .start = start - stats->began,
      .first_byte = t->first_byte == 0 ? -1 : t->first_byte - t->sent,
      .total = t->finished - start,
      .wire_bytes = response->wire_bytes,
      .body_bytes = response->body_bytes,
      .ok = request->outcome == OUTCOME_OK,
  };
}

void stats_add_connection(struct stats *stats, const struct connection *connection) {
  if (stats == NULL) {
    return;
  }
  stats->connections =
      grow(stats->connections, stats->connection_count, sizeof(*stats->connections));
  stats->connections[stats->connection_count++] = (struct connection_row){
      .origin = xstrdup(connection->origin->key),
      .address = xstrdup(connection->address),
      .number = connection->number,
      .version = connection->version,
      .times = connection->times,
  };
}

static int compare_times(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a;
  int64_t y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static void print_distribution(const char *name, int64_t *times, size_t count) {
  if (count == 0) {
    return;
  }
  qsort(times, count, sizeof(*times), compare_times);
  fprintf(stderr, "  %-18s min %.2f, median %.2f, 95%% %.2f, max %.2f ms\n", name,
          clock_ms(times[0]), clock_ms(times[count / 2]), clock_ms(times[count * 95 / 100]),
          clock_ms(times[count - 1]));
}

static void print_requests(const struct stats *stats) {
  fputs("     #      start  first byte       total         bytes  status and URI (times in ms;\n"
        "                                                         first byte: after SYN_STREAM)\n",
        stderr);
  for (size_t i = 0; i < stats->request_count; i++) {
    const struct request_row *row = &stats->requests[i];
    fprintf(stderr, "%6zu %10.2f ", i + 1, clock_ms(row->start));
    if (row->first_byte >= 0) {
      fprintf(stderr, "%11.2f ", clock_ms(row->first_byte));
    } else {
      fprintf(stderr, "%11s ", "-");
    }
    fprintf(stderr, "%11.2f %13llu  ", clock_ms(row->total), (unsigned long long)row->body_bytes);
    print_escaped(stderr, row->status);
    fprintf(stderr, "  %s\n", row->uri);
  }
}

static void print_connections(const struct stats *stats) {
  for (size_t i = 0; i < stats->connection_count; i++) {
    const struct connection_row *row = &stats->connections[i];
    const struct connection_times *t = &row->times;
    fprintf(stderr, "  connection #%u: %s %s [%s]: DNS %.2f, TCP %.2f, TLS %.2f ms\n", row->number,
            trace_version_name(row->version), row->origin, row->address,
            clock_ms(t->resolved - t->started), clock_ms(t->connected - t->resolved),
            clock_ms(t->opened - t->connected));
  }
}

static void print_summary(const struct stats *stats) {
  int64_t *first_bytes = xcalloc(stats->request_count + 1, sizeof(*first_bytes));
  int64_t *totals = xcalloc(stats->request_count + 1, sizeof(*totals));
  size_t answered = 0;
  size_t ok = 0;
  uint64_t wire_bytes = 0;
  uint64_t body_bytes = 0;
  for (size_t i = 0; i < stats->request_count; i++) {
    const struct request_row *row = &stats->requests[i];
    if (row->first_byte >= 0) {
      first_bytes[answered] = row->first_byte;
      totals[answered++] = row->total;
    }
    ok += row->ok;
    wire_bytes += row->wire_bytes;
    body_bytes += row->body_bytes;
  }

  double seconds = (double)(clock_now() - stats->began) / 1e6;
  fprintf(stderr, "  %zu requests in %.3f s: %zu ok, %zu failed; %.0f requests/s\n",
          stats->request_count, seconds, ok, stats->request_count - ok,
          (double)stats->request_count / seconds);
  fprintf(stderr, "  %llu body bytes received, %llu after decoding; %.2f MB/s\n",
          (unsigned long long)wire_bytes, (unsigned long long)body_bytes,
          (double)wire_bytes / 1e6 / seconds);
  print_distribution("time to first byte", first_bytes, answered);
  print_distribution("total time", totals, answered);
  free(first_bytes);
  free(totals);
}

void stats_print(struct stats *stats) {
  fputs("Statistics\n", stderr);
  print_requests(stats);
  print_connections(stats);
  print_summary(stats);
}
