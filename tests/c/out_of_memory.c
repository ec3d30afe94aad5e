/*
 * Lets allocations fail. Those whose size the peer or the caller chooses must
 * fail softly: the call returns SPDYLAY_ERR_NOMEM, and the session can still be
 * deleted. A failure of any other may also end the process by abort(), the
 * answer of the Rust runtime; nothing else may come of it.
 *
 * The functions of malloc are defined here, in the program, and so are used by
 * the library as well, be it shared or static. Not to be run under a memory
 * checker, which brings its own.
 */
#define _DEFAULT_SOURCE
#include "check.h"
#include "endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

/* Allocations of at least `smallest` bytes fail: first `spared` of them do not,
   then `failing` do. */
static size_t smallest = SIZE_MAX;
static long spared, failing;
static int refused;

static int refuses(size_t size) {
  if (size < smallest || (spared > 0 && spared--) || failing == 0)
    return 0;
  --failing;
  refused = 1;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) { return refuses(size) ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) {
  return refuses(count * size) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  return refuses(size) ? NULL : __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (refuses(size))
    return ENOMEM;
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}

/* No memory for anything of that size or larger from now on. */
static void run_out_of(size_t size) {
  smallest = size;
  spared = 0;
  failing = LONG_MAX;
  refused = 0;
}

/* No memory for anything large from now on. */
static void run_out(void) { run_out_of(16384); }

static void recover(void) {
  smallest = SIZE_MAX;
  CHECK(refused);
}

/* More than any buffer the library may have in store. */
enum { LARGE = 200000 };

static const char *large_nv[] = {"name", NULL, NULL};

static void make_large_value(void) {
  char *value = malloc(LARGE + 1);
  CHECK(value);
  /* Without repetition, so that it is large when compressed, too. */
  for (size_t i = 0, state = 1; i < LARGE; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value[i] = (char)(' ' + 1 + (state >> 40) % 94);
  }
  value[LARGE] = '\0';
  large_nv[1] = value;
}

/* Two sessions that have exchanged headers, so that what compression needs in any
   case is allocated. */
static void start(struct endpoint *client, struct endpoint *server) {
  const char *nv[] = {"name", "value", NULL};
  endpoint_init(client, CLIENT, SPDYLAY_PROTO_SPDY3);
  endpoint_init(server, SERVER, SPDYLAY_PROTO_SPDY3);
  CHECK_EQ(spdylay_submit_request(client->session, 0, nv, NULL, NULL), 0);
  endpoints_talk(client, server);
  CHECK_EQ(spdylay_submit_response(server->session, 1, nv, NULL), 0);
  endpoints_talk(client, server);
}

/* What the peer chooses ----------------------------------------------------- */

static void a_large_payload(uint8_t type) {
  struct endpoint server;
  uint8_t *frame = calloc(1, LARGE);
  size_t payload = LARGE - 8, half = LARGE / 2;
  ssize_t first, second = 0;
  CHECK(frame);
  frame[0] = 0x80;
  frame[1] = 3;
  frame[3] = type;
  frame[5] = (uint8_t)(payload >> 16);
  frame[6] = (uint8_t)(payload >> 8);
  frame[7] = (uint8_t)payload;
  if (type == SPDYLAY_SETTINGS) { /* how many entries follow */
    size_t entries = (payload - 4) / 8;
    frame[7] = (uint8_t)(payload = 4 + 8 * entries);
    frame[6] = (uint8_t)(payload >> 8);
    frame[9] = (uint8_t)(entries >> 16);
    frame[10] = (uint8_t)(entries >> 8);
    frame[11] = (uint8_t)entries;
  }
  endpoint_init(&server, SERVER, SPDYLAY_PROTO_SPDY3);
  run_out();
  first = spdylay_session_mem_recv(server.session, frame, half);
  if (first == (ssize_t)half)
    second = spdylay_session_mem_recv(server.session, frame + half,
                                      payload + 8 - half);
  recover();
  CHECK(first == SPDYLAY_ERR_NOMEM || second == SPDYLAY_ERR_NOMEM);
  endpoint_free(&server);
  free(frame);
}

static void a_large_header_block(void) {
  struct endpoint client, server;
  ssize_t received;
  start(&client, &server);
  CHECK_EQ(spdylay_submit_request(client.session, 0, large_nv, NULL, NULL), 0);
  CHECK_EQ(spdylay_session_send(client.session), 0);
  run_out();
  received = spdylay_session_mem_recv(server.session, client.out.data,
                                      client.out.length);
  recover();
  CHECK_EQ(received, SPDYLAY_ERR_NOMEM);
  endpoint_free(&client);
  endpoint_free(&server);
}

/* Whatever a first header block or the beginning of a body finds too little of. */
static void no_memory_to_decompress(void) {
  static const uint8_t gzip[] = {0x1f, 0x8b, 8, 0};
  const char *nv[] = {"name", "value", NULL};
  struct endpoint client;
  endpoint_init(&client, CLIENT, SPDYLAY_PROTO_SPDY3);
  CHECK_EQ(spdylay_submit_request(client.session, 0, nv, NULL, NULL), 0);
  CHECK_EQ(spdylay_session_send(client.session), 0);
  for (size_t size = 2048; size < 65536; size += 256) {
    struct endpoint server;
    spdylay_gzip *inflater;
    uint8_t out[10];
    size_t outlen = sizeof out, inlen = sizeof gzip;
    ssize_t received;
    int inflated;
    endpoint_init(&server, SERVER, SPDYLAY_PROTO_SPDY3);
    CHECK_EQ(spdylay_gzip_inflate_new(&inflater), 0);
    run_out_of(size);
    received = spdylay_session_mem_recv(server.session, client.out.data,
                                        client.out.length);
    inflated = spdylay_gzip_inflate(inflater, out, &outlen, gzip, &inlen);
    smallest = SIZE_MAX;
    CHECK_EQ(received == SPDYLAY_ERR_NOMEM, inflated == SPDYLAY_ERR_NOMEM);
    if (received == SPDYLAY_ERR_NOMEM) {
      CHECK_EQ(inlen, sizeof gzip);
      CHECK_EQ(spdylay_gzip_inflate(inflater, out, &outlen, gzip, &inlen), 0);
    } else {
      CHECK_EQ(received, (ssize_t)client.out.length);
      CHECK_EQ(inflated, 0);
    }
    spdylay_gzip_inflate_del(inflater);
    endpoint_free(&server);
  }
  endpoint_free(&client);
}

/* What the caller chooses --------------------------------------------------- */

static void large_headers_to_submit(void) {
  struct endpoint client, server;
  int rv[3];
  start(&client, &server);
  run_out();
  rv[0] = spdylay_submit_request(client.session, 0, large_nv, NULL, NULL);
  rv[1] = spdylay_submit_headers(client.session, 0, 1, large_nv);
  rv[2] = spdylay_submit_syn_reply(client.session, 0, 1, large_nv);
  recover();
  for (int i = 0; i < 3; ++i)
    CHECK_EQ(rv[i], SPDYLAY_ERR_NOMEM);
  /* That cost nothing: the session goes on. */
  CHECK_EQ(spdylay_session_get_outbound_queue_size(client.session), 0);
  CHECK_EQ(spdylay_submit_request(client.session, 0, large_nv, NULL, NULL), 0);
  CHECK_EQ(spdylay_session_send(client.session), 0);
  endpoint_free(&client);
  endpoint_free(&server);
}

static void large_headers_to_send(void) {
  struct endpoint client, server;
  spdylay_session *sessions[2];
  start(&client, &server);
  sessions[0] = client.session;
  sessions[1] = server.session;
  for (int i = 0; i < 2; ++i) {
    int rv;
    CHECK_EQ(spdylay_submit_syn_stream(sessions[i], 0, 0, 0, large_nv, NULL),
             0);
    run_out();
    rv = spdylay_session_send(sessions[i]);
    recover();
    CHECK_EQ(rv, SPDYLAY_ERR_NOMEM);
  }
  endpoint_free(&client);
  endpoint_free(&server);
}

/* Small things, without any memory at all ----------------------------------- */

static void no_memory_for_a_handle(void) {
  static const spdylay_session_callbacks no_callbacks;
  spdylay_session *session = NULL;
  spdylay_gzip *inflater = NULL;
  int rv[3];
  run_out_of(0);
  rv[0] = spdylay_session_client_new(&session, SPDYLAY_PROTO_SPDY3_1,
                                     &no_callbacks, NULL);
  rv[1] = spdylay_session_server_new(&session, SPDYLAY_PROTO_SPDY2,
                                     &no_callbacks, NULL);
  rv[2] = spdylay_gzip_inflate_new(&inflater);
  recover();
  for (int i = 0; i < 3; ++i)
    CHECK_EQ(rv[i], SPDYLAY_ERR_NOMEM);
  CHECK(!session && !inflater);
}

static void no_memory_to_submit(void) {
  const spdylay_settings_entry entry = {4, 0, 10};
  const char *nv[] = {"name", "value", NULL};
  struct endpoint client;
  int rv[5];
  endpoint_init(&client, CLIENT, SPDYLAY_PROTO_SPDY3);
  run_out_of(0);
  rv[0] = spdylay_submit_request(client.session, 0, nv, NULL, NULL);
  rv[1] = spdylay_submit_ping(client.session);
  rv[2] = spdylay_submit_rst_stream(client.session, 1, SPDYLAY_CANCEL);
  rv[3] = spdylay_submit_goaway(client.session, 0);
  rv[4] = spdylay_submit_settings(client.session, 0, &entry, 1);
  recover();
  for (int i = 0; i < 5; ++i)
    CHECK_EQ(rv[i], SPDYLAY_ERR_NOMEM);
  /* None of it is queued, and the session goes on. */
  CHECK_EQ(spdylay_session_want_write(client.session), 0);
  CHECK_EQ(spdylay_submit_request(client.session, 0, nv, NULL, NULL), 0);
  CHECK_EQ(spdylay_session_send(client.session), 0);
  endpoint_free(&client);
}

static void no_memory_to_send(void) {
  struct endpoint client;
  int rv;
  endpoint_init(&client, CLIENT, SPDYLAY_PROTO_SPDY3);
  CHECK_EQ(spdylay_submit_ping(client.session), 0);
  run_out_of(0);
  rv = spdylay_session_send(client.session);
  recover();
  CHECK_EQ(rv, SPDYLAY_ERR_NOMEM);
  endpoint_free(&client);
}

static void no_memory_for_a_ping_received(void) {
  static const uint8_t ping[] = {0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1};
  struct endpoint server;
  ssize_t rv;
  endpoint_init(&server, SERVER, SPDYLAY_PROTO_SPDY3);
  run_out_of(0);
  rv = spdylay_session_mem_recv(server.session, ping, sizeof ping);
  recover();
  CHECK_EQ(rv, SPDYLAY_ERR_NOMEM);
  endpoint_free(&server);
}

/* Everything else ----------------------------------------------------------- */

static void ignore(int rv) { (void)rv; }

/* A bit of everything, whatever the results; some may be NOMEM. */
static void walk(void) {
  static const spdylay_session_callbacks no_callbacks;
  static const uint8_t unknown[] = {0x80, 3, 0, 77, 0, 0, 0, 2, 'a', 'b'};
  const spdylay_settings_entry entry = {4, 0, 10};
  const char *nv[] = {"name", "value", NULL};
  spdylay_session *left_alone = NULL;
  struct endpoint client, server;
  spdylay_data_provider body = body_of(5000);
  spdylay_gzip *inflater;
  if (spdylay_session_client_new(&left_alone, 4, &no_callbacks, NULL) == 0)
    spdylay_session_del(left_alone);
  else
    CHECK(!left_alone);
  if (spdylay_gzip_inflate_new(&inflater) == 0)
    spdylay_gzip_inflate_del(inflater);
  endpoint_init(&client, CLIENT, SPDYLAY_PROTO_SPDY3_1);
  endpoint_init(&server, SERVER, SPDYLAY_PROTO_SPDY3_1);
  ignore(spdylay_submit_request(client.session, 0, nv, &body, NULL));
  ignore(spdylay_submit_ping(client.session));
  ignore(spdylay_submit_settings(client.session, 0, &entry, 1));
  ignore(spdylay_session_send(client.session));
  ignore((int)spdylay_session_mem_recv(server.session, client.out.data,
                                       client.out.length));
  ignore(spdylay_submit_response(server.session, 1, nv, &body));
  ignore(spdylay_session_send(server.session));
  ignore((int)spdylay_session_mem_recv(client.session, server.out.data,
                                       server.out.length));
  for (size_t i = 0; i < sizeof unknown; ++i)
    ignore((int)spdylay_session_mem_recv(client.session, unknown + i, 1));
  ignore(spdylay_submit_rst_stream(client.session, 1, SPDYLAY_CANCEL));
  ignore(spdylay_session_send(client.session));
  endpoint_free(&client);
  endpoint_free(&server);
}

enum { NOT_REFUSED = 3 };

/* Lets the one allocation fail that comes after `count` others, in a process of
   its own, and returns how that ended. */
static int walk_with_failure(long count) {
  int status;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    const struct rlimit no_core = {0, 0};
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    setrlimit(RLIMIT_CORE, &no_core);
    alarm(20);
    refused = 0;
    spared = count;
    failing = 1;
    smallest = 0;
    walk();
    _exit(refused ? 0 : NOT_REFUSED);
  }
  CHECK_EQ(waitpid(child, &status, 0), child);
  return status;
}

int main(void) {
  /* First of all: what is made once in a process must not be there yet. */
  no_memory_for_a_handle();
  no_memory_to_submit();
  no_memory_to_send();
  no_memory_for_a_ping_received();
  no_memory_to_decompress();
  make_large_value();
  a_large_payload(77);
  a_large_payload(SPDYLAY_SETTINGS);
  a_large_header_block();
  large_headers_to_submit();
  large_headers_to_send();
  for (long count = 0;; ++count) {
    int status = walk_with_failure(count);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_REFUSED)
      break;
    /* The checks of this program itself fail with 1, when the failure hit one
       of its own buffers or the creation of a session. */
    if (!(WIFEXITED(status) && WEXITSTATUS(status) <= 1) &&
        !(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)) {
      fprintf(stderr, "failing allocation %ld ended with status %x\n", count,
              (unsigned)status);
      return 1;
    }
  }
  free((void *)large_nv[1]);
  return 0;
}
