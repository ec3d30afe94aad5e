/*
 * spdybench: what the library itself costs, without sockets and TLS.
 *
 * A client and a server session hand each other their bytes through memory. Each workload runs in a process of its own,
 * so that one does not inherit the heap of another, and is checked: a run that lost a byte or a stream fails.
 *
 * Only the public API is used: whichever libspdylay.so.7 the loader finds is the one that is measured.
 */
#define _GNU_SOURCE
#include <spdylay/spdylay.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* As much as one side may have on its way: about what the kernel buffers on a socket. */
enum { IN_TRANSIT = 256 * 1024, IN_FLIGHT = 100, SMALL_BODY = 1024 };

static uint16_t version = SPDYLAY_PROTO_SPDY3_1;

static void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("spdybench: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  exit(1);
}

static void check(int rv, const char *call) {
  if (rv < 0)
    fail("%s: %s", call, spdylay_strerror(rv));
}

/* ---- the clock and the scales ---- */

struct stopwatch {
  double wall, cpu;
};

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static struct stopwatch start(void) {
  return (struct stopwatch){seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct stopwatch since(struct stopwatch begin) {
  struct stopwatch end = start();
  return (struct stopwatch){end.wall - begin.wall, end.cpu - begin.cpu};
}

static double resident_bytes(void) {
  long pages = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  if (!statm || fscanf(statm, "%*d %ld", &pages) != 1)
    fail("cannot read /proc/self/statm");
  fclose(statm);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* ---- two endpoints and the memory between them ---- */

struct endpoint {
  spdylay_session *session;
  uint8_t *outgoing;
  size_t length, capacity;
  /* what happened here */
  uint64_t received, closed, pings;
  /* servers only: the size of each body, and the streams whose body has to wait, if they have */
  uint64_t body;
  int32_t *waiting;
  size_t nwaiting;
  int hold;
};

struct pair {
  struct endpoint client, server;
};

static ssize_t on_send(spdylay_session *session, const uint8_t *data, size_t length, int flags, void *user_data) {
  struct endpoint *self = user_data;
  (void)session, (void)flags;
  if (self->length >= IN_TRANSIT)
    return SPDYLAY_ERR_WOULDBLOCK;
  if (self->capacity - self->length < length) {
    self->capacity = 2 * (self->length + length);
    self->outgoing = realloc(self->outgoing, self->capacity);
    if (!self->outgoing)
      fail("out of memory");
  }
  memcpy(self->outgoing + self->length, data, length);
  self->length += length;
  return (ssize_t)length;
}

/* The source's pointer counts what is left of this body. */
static ssize_t read_body(spdylay_session *session, int32_t stream_id, uint8_t *buf, size_t length, int *eof,
                         spdylay_data_source *source, void *user_data) {
  struct endpoint *self = user_data;
  size_t left = (uintptr_t)source->ptr;
  (void)session, (void)stream_id;
  if (self->hold)
    return SPDYLAY_ERR_DEFERRED;
  if (length > left)
    length = left;
  source->ptr = (void *)(uintptr_t)(left - length);
  *eof = length == left;
  memset(buf, '.', length);
  return (ssize_t)length;
}

static void on_request(spdylay_session *session, int32_t stream_id, void *user_data) {
  static const char *headers[] = {":status",       "200 OK",
                                  ":version",      "HTTP/1.1",
                                  "accept-ranges", "bytes",
                                  "cache-control", "public, max-age=86400",
                                  "content-type",  "application/json; charset=utf-8",
                                  "date",          "Tue, 03 Mar 2026 14:08:27 GMT",
                                  "etag",          "\"9b2d41c7-400\"",
                                  "last-modified", "Mon, 02 Mar 2026 22:15:00 GMT",
                                  "server",        "spdybench",
                                  NULL};
  struct endpoint *self = user_data;
  spdylay_data_provider body = {.source.ptr = (void *)(uintptr_t)self->body, .read_callback = read_body};
  if (self->waiting)
    self->waiting[self->nwaiting++] = stream_id;
  check(spdylay_submit_response(session, stream_id, headers, &body), "submit_response");
}

static void on_chunk(spdylay_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data, size_t len,
                     void *user_data) {
  (void)session, (void)flags, (void)stream_id, (void)data;
  ((struct endpoint *)user_data)->received += len;
}

static void on_ctrl(spdylay_session *session, spdylay_frame_type type, spdylay_frame *frame, void *user_data) {
  (void)session, (void)frame;
  ((struct endpoint *)user_data)->pings += type == SPDYLAY_PING;
}

static void on_close(spdylay_session *session, int32_t stream_id, spdylay_status_code status, void *user_data) {
  (void)session, (void)stream_id;
  if (status != SPDYLAY_OK)
    fail("a stream closed with status %d", (int)status);
  ((struct endpoint *)user_data)->closed++;
}

static void open_pair(struct pair *pair) {
  spdylay_session_callbacks callbacks = {.send_callback = on_send,
                                         .on_ctrl_recv_callback = on_ctrl,
                                         .on_data_chunk_recv_callback = on_chunk,
                                         .on_stream_close_callback = on_close,
                                         .on_request_recv_callback = on_request};
  *pair = (struct pair){.server.body = SMALL_BODY};
  check(spdylay_session_client_new(&pair->client.session, version, &callbacks, &pair->client), "session_client_new");
  check(spdylay_session_server_new(&pair->server.session, version, &callbacks, &pair->server), "session_server_new");
}

static void free_outgoing(struct endpoint *endpoint) {
  free(endpoint->outgoing);
  endpoint->outgoing = NULL;
  endpoint->capacity = 0;
}

static void close_pair(struct pair *pair) {
  spdylay_session_del(pair->client.session);
  spdylay_session_del(pair->server.session);
  free_outgoing(&pair->client);
  free_outgoing(&pair->server);
  free(pair->server.waiting);
}

static int deliver(struct endpoint *from, struct endpoint *to) {
  check(spdylay_session_send(from->session), "session_send");
  if (from->length == 0)
    return 0;
  check((int)spdylay_session_mem_recv(to->session, from->outgoing, from->length), "session_mem_recv");
  from->length = 0;
  return 1;
}

/* Until neither side has anything more to say. */
static void exchange(struct pair *pair) {
  int moved;
  do {
    moved = deliver(&pair->client, &pair->server);
    moved |= deliver(&pair->server, &pair->client);
  } while (moved);
}

/* A browser's request; what changes from one to the next is the path and, at times, the query. */
static void request(struct pair *pair, uint64_t number) {
  char path[80];
  const char *headers[] = {":method",         "GET",
                           ":scheme",         "https",
                           ":host",           "static.example.com",
                           ":path",           path,
                           ":version",        "HTTP/1.1",
                           "accept",          "application/json, text/javascript, */*; q=0.01",
                           "accept-encoding", "gzip,deflate,sdch",
                           "accept-language", "de-DE,de;q=0.8,en;q=0.6",
                           "cookie",          "session=7f1c02be95d84e0fa3; consent=1",
                           "referer",         "https://www.example.com/overview",
                           "user-agent",      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/33.0 Safari/537.36",
                           NULL};
  snprintf(path, sizeof path, "/api/v1/items/%u/detail?page=%u", (unsigned)(number * 7919 % 100000),
           (unsigned)(number % 13));
  check(spdylay_submit_request(pair->client.session, (uint8_t)(number % 4), headers, NULL, NULL), "submit_request");
}

/* ---- the workloads ---- */

static int as_json;

static void report(const char *workload, uint64_t count, const char *unit, struct stopwatch took, double bytes) {
  double n = (double)count;
  char memory[32] = "";
  if (as_json) {
    if (bytes > 0)
      snprintf(memory, sizeof memory, ", \"bytes_each\": %.0f", bytes / n);
    printf("{\"workload\": \"%s\", \"count\": %llu, \"unit\": \"%s\", \"cpu_ns_each\": %.1f, \"wall_ns_each\": %.1f, "
           "\"per_second\": %.1f%s}\n",
           workload, (unsigned long long)count, unit, took.cpu / n * 1e9, took.wall / n * 1e9, n / took.wall, memory);
  } else {
    snprintf(memory, sizeof memory, bytes > 0 ? "%.0f" : "-", bytes / n);
    printf("%-11s %10llu %-8s %12.1f %12.1f %14.1f %10s\n", workload, (unsigned long long)count, unit,
           took.cpu / n * 1e9, took.wall / n * 1e9, n / took.wall, memory);
  }
}

static void expect(const char *what, uint64_t found, uint64_t wanted) {
  if (found != wanted)
    fail("%s: %llu instead of %llu", what, (unsigned long long)found, (unsigned long long)wanted);
}

static void run_req(uint64_t count) {
  struct pair pair;
  struct stopwatch begin = start();
  open_pair(&pair);
  for (uint64_t i = 0; i < count;) {
    for (int k = 0; k < IN_FLIGHT && i < count; k++)
      request(&pair, i++);
    exchange(&pair);
  }
  report("req", count, "request", since(begin), 0);
  expect("streams closed", pair.client.closed, count);
  expect("bytes", pair.client.received, count * SMALL_BODY);
  close_pair(&pair);
}

static void run_bulk(uint64_t mebibytes) {
  struct pair pair;
  struct stopwatch begin = start();
  open_pair(&pair);
  pair.server.body = mebibytes << 20;
  request(&pair, 0);
  exchange(&pair);
  report("bulk", mebibytes, "MiB", since(begin), 0);
  expect("streams closed", pair.client.closed, 1);
  expect("bytes", pair.client.received, mebibytes << 20);
  close_pair(&pair);
}

static void run_many(uint64_t count) {
  struct pair pair;
  struct stopwatch begin;
  double before;
  open_pair(&pair);
  pair.server.body = 1;
  pair.server.hold = 1;
  pair.server.waiting = calloc(count, sizeof *pair.server.waiting);
  if (!pair.server.waiting)
    fail("out of memory");
  before = resident_bytes();
  begin = start();
  for (uint64_t i = 0; i < count; i++) {
    request(&pair, i);
    if (i % IN_FLIGHT == 0)
      exchange(&pair);
  }
  exchange(&pair);
  report("many-open", count, "stream", since(begin), resident_bytes() - before);
  expect("streams waiting", pair.server.nwaiting, count);
  pair.server.hold = 0;
  begin = start();
  for (uint64_t i = 0; i < count; i++)
    check(spdylay_session_resume_data(pair.server.session, pair.server.waiting[i]), "session_resume_data");
  exchange(&pair);
  report("many-close", count, "stream", since(begin), 0);
  expect("streams closed", pair.client.closed, count);
  close_pair(&pair);
}

static void run_idle(uint64_t count) {
  struct pair *pairs = calloc(count, sizeof *pairs);
  double before = resident_bytes();
  struct stopwatch begin = start();
  if (!pairs)
    fail("out of memory");
  for (uint64_t i = 0; i < count; i++) {
    open_pair(&pairs[i]);
    request(&pairs[i], i);
    exchange(&pairs[i]);
    expect("streams closed", pairs[i].client.closed, 1);
    /* What is left is what the library keeps for a session that has nothing to do. */
    free_outgoing(&pairs[i].client);
    free_outgoing(&pairs[i].server);
  }
  report("idle", 2 * count, "session", since(begin), resident_bytes() - before);
  for (uint64_t i = 0; i < count; i++)
    close_pair(&pairs[i]);
  free(pairs);
}

static void run_ping(uint64_t count) {
  struct pair pair;
  struct stopwatch begin = start();
  open_pair(&pair);
  for (uint64_t i = 0; i < count;) {
    for (int k = 0; k < IN_FLIGHT && i < count; k++, i++)
      check(spdylay_submit_ping(pair.client.session), "submit_ping");
    exchange(&pair);
  }
  report("ping", count, "ping", since(begin), 0);
  /* The client is told of the reply to its latest PING only, so those it sent are counted where they arrive. */
  expect("PINGs", pair.server.pings, count);
  close_pair(&pair);
}

static void run_setup(uint64_t count) {
  struct pair pair;
  struct stopwatch begin = start();
  for (uint64_t i = 0; i < count; i++) {
    open_pair(&pair);
    close_pair(&pair);
  }
  report("setup", count, "pair", since(begin), 0);
}

static const struct workload {
  const char *name;
  void (*run)(uint64_t count);
  uint64_t count;
  const char *what;
} workloads[] = {
    {"req", run_req, 200000, "requests answered with 1 KiB, 100 in flight"},
    {"bulk", run_bulk, 4096, "MiB in one response"},
    {"many", run_many, 10000, "streams open at once, then answered with a byte and closed"},
    {"idle", run_idle, 2000, "session pairs that stay after one request each"},
    {"ping", run_ping, 1000000, "PINGs and their replies, 100 in flight"},
    {"setup", run_setup, 20000, "session pairs made and deleted"},
};
enum { NWORKLOADS = sizeof workloads / sizeof *workloads };

/* ---- the command line ---- */

static void usage(FILE *to) {
  fputs("usage: spdybench [--json] [--spdy2 | --spdy3 | --spdy3-1] [WORKLOAD[:COUNT]]...\n\n"
        "Without a workload, all of them run:\n",
        to);
  for (size_t i = 0; i < NWORKLOADS; i++)
    fprintf(to, "  %-6s %8llu %s\n", workloads[i].name, (unsigned long long)workloads[i].count, workloads[i].what);
}

static int run_alone(const struct workload *workload, uint64_t count) {
  int status;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child < 0)
    fail("fork: %s", strerror(errno));
  if (child == 0) {
    workload->run(count);
    exit(0);
  }
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* "name" or "name:count". */
static int run_named(const char *argument) {
  size_t length = strcspn(argument, ":");
  for (size_t i = 0; i < NWORKLOADS; i++) {
    uint64_t count = workloads[i].count;
    char *end = NULL;
    if (strlen(workloads[i].name) != length || strncmp(argument, workloads[i].name, length) != 0)
      continue;
    if (argument[length] == ':') {
      count = strtoull(argument + length + 1, &end, 10);
      if (*end != '\0' || count == 0)
        break;
    }
    return run_alone(&workloads[i], count);
  }
  fprintf(stderr, "spdybench: no such workload: %s\n", argument);
  usage(stderr);
  return 0;
}

int main(int argc, char **argv) {
  Dl_info library;
  int named = 0, ok = 1;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--json") == 0)
      as_json = 1;
    else if (strcmp(argv[i], "--spdy2") == 0)
      version = SPDYLAY_PROTO_SPDY2;
    else if (strcmp(argv[i], "--spdy3") == 0)
      version = SPDYLAY_PROTO_SPDY3;
    else if (strcmp(argv[i], "--spdy3-1") == 0)
      version = SPDYLAY_PROTO_SPDY3_1;
    else if (strcmp(argv[i], "--help") == 0 || argv[i][0] == '-') {
      usage(strcmp(argv[i], "--help") == 0 ? stdout : stderr);
      return strcmp(argv[i], "--help") == 0 ? 0 : 2;
    } else
      argv[++named] = argv[i];
  }
  if (!as_json) {
    void *address = dlsym(RTLD_DEFAULT, "spdylay_session_send");
    if (address && dladdr(address, &library))
      printf("library: %s\n", library.dli_fname);
    printf("%-11s %10s %-8s %12s %12s %14s %10s\n", "workload", "count", "unit", "cpu-ns/unit", "wall-ns/unit", "units/s",
           "bytes/unit");
  }
  if (named == 0)
    for (size_t i = 0; i < NWORKLOADS; i++)
      ok &= run_alone(&workloads[i], workloads[i].count);
  for (int i = 1; i <= named; i++)
    ok &= run_named(argv[i]);
  return ok ? 0 : 1;
}
