#define _POSIX_C_SOURCE 200809L

#include "response.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../client/clock.h"
#include "../client/xalloc.h"
#include "client.h"
#include "decode.h"
#include "html.h"
#include "nv.h"
#include "report.h"
#include "schedule.h"
#include "trace.h"

/* All header frames of one response together. */
#define HEADERS_MAX (256 * 1024)

/* A page that links more than this is not a page but an attack. */
#define ASSETS_MAX 1000

static void on_asset(const char *text, enum asset_kind kind, void *arg) {
  struct request *page = arg;
  struct client *client = page->client;
  struct uri uri;
  const char *why;
  if (page->response.assets >= ASSETS_MAX) {
    return;
  }
  page->response.assets++;
  if (!uri_parse(&uri, text, &why)) {
    /* data: and the like; nothing that the user could have meant to be fetched */
    trace_note(page->connection->number, "asset skipped: %s: %s", text, why);
    return;
  }
  if (strcmp(uri.scheme, page->uri.scheme) != 0) {
    /* All connections of a run are with TLS, or all without. */
    trace_note(page->connection->number, "asset skipped: %s: not %s", text, page->uri.scheme);
    uri_free(&uri);
    return;
  }
  trace_note(page->connection->number, "asset %s", uri.text);
  schedule_add(client, &uri, page, kind == ASSET_STYLE_OR_SCRIPT ? 1 : 2);
}

static int64_t parse_content_length(const char *text) {
  if (text == NULL || *text < '0' || *text > '9') {
    return -1;
  }
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  return errno == 0 && *end == '\0' ? value : -1;
}

static bool has_no_body(const struct request *request) {
  int status = request->response.status;
  return strcmp(request_method(request->client), "HEAD") == 0 || status == 204 || status == 304;
}

/* The status is known: prepares for the body. */
static void begin_body(struct request *request) {
  struct client *client = request->client;
  struct response *response = &request->response;

  /* Where there is no body, a content-length tells of the one that there would be. */
  if (!has_no_body(request)) {
    response->content_length = parse_content_length(nv_find(response->headers, "content-length"));
  }
  if (response->content_length < 0) {
    client->totals.unsized++;
  } else {
    client->totals.expected += (uint64_t)response->content_length;
  }

  /* A part of a compressed representation cannot be decompressed on its own. */
  const char *encoding = nv_find(response->headers, "content-encoding");
  if (encoding != NULL && response->status != 206 && decode_supports(encoding)) {
    response->decoder = decoder_new();
  }

  const char *type = nv_find(response->headers, "content-type");
  bool is_page = client->options->get_assets && !request->is_asset && html_is_html(type) &&
                 response->status / 100 == 2;
  if (is_page) {
    response->scanner = html_scanner_new(request->uri.text, type, on_asset, request);
  }

  /* An error page must not take the place of a good file; on the standard output it is useful. */
  if (response->status >= 400 && options_destination(client->options) != TO_STDOUT) {
    output_discard(request->output);
    request->output = output_null_new();
  }
}

void response_on_headers(struct request *request, char *const *nv) {
  struct response *response = &request->response;
  if (request->finished) {
    return;
  }
  if (request->times.first_byte == 0) {
    request->times.first_byte = clock_now();
  }
  if (nv_append(&response->headers, nv) > HEADERS_MAX) {
    request_fail(request, OUTCOME_SPDY, "the response's headers are larger than %d bytes",
                 HEADERS_MAX);
    return;
  }
  const char *status = nv_find(response->headers, ":status");
  if (response->status != 0 || status == NULL) {
    return; /* trailers, or SPDY/3's permission to send the status in a later frame */
  }
  int number = atoi(status);
  if (number < 100 || number > 999) {
    request_fail(request, OUTCOME_SPDY, "the response's status is not a number: %s", status);
    return;
  }
  response->status = number;
  response->status_text = xstrdup(status);
  begin_body(request);
}

/* What is left of the way: from decoded bytes to the output. */
static bool deliver(const uint8_t *data, size_t len, void *arg) {
  struct request *request = arg;
  struct response *response = &request->response;
  response->body_bytes += len;
  if (response->scanner != NULL) {
    html_scanner_feed(response->scanner, data, len);
  }
  if (!output_write(request->output, data, len)) {
    request_fail(request, OUTCOME_LOCAL_IO, "%s", request->output->problem);
    return false;
  }
  return true;
}

void response_on_data(struct request *request, const uint8_t *data, size_t len) {
  struct response *response = &request->response;
  if (request->finished) {
    return;
  }
  if (response->status == 0) {
    request_fail(request, OUTCOME_SPDY, "the server sent data before a status");
    return;
  }
  response->wire_bytes += len;
  request->client->totals.received += len;
  bool has_limit = response->content_length >= 0;
  if (has_limit && response->wire_bytes > (uint64_t)response->content_length) {
    request_fail(request, OUTCOME_SPDY, "the body is longer than its content-length of %lld",
                 (long long)response->content_length);
    return;
  }

  if (response->decoder == NULL) {
    deliver(data, len, request);
  } else if (decoder_feed(response->decoder, data, len, deliver, request) == DECODE_BROKEN) {
    request_fail(request, OUTCOME_SPDY, "the compressed body is damaged");
  }
}

const char *response_finish(struct request *request) {
  struct response *response = &request->response;
  if (response->scanner != NULL) {
    html_scanner_finish(response->scanner);
  }
  if (response->status == 0) {
    return "the response has no status";
  }
  bool sized = response->content_length >= 0;
  if (sized && response->wire_bytes != (uint64_t)response->content_length) {
    return "the body is shorter than its content-length";
  }
  if (response->decoder != NULL && !decoder_is_complete(response->decoder)) {
    return "the compressed body is cut off";
  }
  return NULL;
}

void response_free(struct response *response) {
  nv_free(response->headers);
  free(response->status_text);
  decoder_free(response->decoder);
  html_scanner_free(response->scanner);
}
