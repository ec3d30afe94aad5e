#define _POSIX_C_SOURCE 200809L

#include "har.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <spdylay/spdylay.h>

#include "../client/clock.h"
#include "../client/xalloc.h"
#include "client.h"
#include "nv.h"
#include "output.h"
#include "trace.h"
#include "upload.h"

#define PAGE_ID "page_1"

struct har {
  struct output *file;
  bool failed;
  bool has_entries;
  char *title; /* the first URI to finish */
  int64_t began;
  struct timespec began_wall_clock;
};

static void write_text(struct har *har, const char *text) {
  if (!har->failed && !output_write(har->file, text, strlen(text))) {
    har->failed = true;
  }
}

/* Takes over `value`. */
static void write_json(struct har *har, json_t *value) {
  char *text = xcheck(json_dumps(value, JSON_COMPACT));
  write_text(har, text);
  free(text);
  json_decref(value);
}

/* JSON is UTF-8. Headers that are something else are taken for Latin-1. */
static json_t *json_text(const char *s) {
  json_t *text = json_string(s);
  if (text != NULL) {
    return text;
  }
  char *utf8 = xcalloc(2 * strlen(s) + 1, 1);
  char *p = utf8;
  for (; *s != '\0'; s++) {
    unsigned char c = (unsigned char)*s;
    if (c >= 0x80) {
      *p++ = (char)(0xc0 | c >> 6);
      c = 0x80 | (c & 0x3f);
    }
    *p++ = (char)c;
  }
  text = json_string(utf8);
  free(utf8);
  return text;
}

static json_t *json_time(const struct timespec *wall_clock) {
  struct tm tm;
  char date[32];
  char text[64];
  gmtime_r(&wall_clock->tv_sec, &tm);
  strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
  snprintf(text, sizeof(text), "%s.%03ldZ", date, wall_clock->tv_nsec / 1000000);
  return json_string(text);
}

static json_t *json_headers(char *const *nv) {
  json_t *list = json_array();
  for (; nv != NULL && *nv != NULL; nv += 2) {
    json_array_append_new(list,
                          json_pack("{so so}", "name", json_text(nv[0]), "value", json_text(nv[1])));
  }
  return list;
}

static json_t *json_query(const char *path) {
  json_t *list = json_array();
  const char *p = strchr(path, '?');
  while (p != NULL) {
    p++;
    size_t len = strcspn(p, "&");
    size_t name_len = strcspn(p, "=&");
    size_t value_at = name_len < len ? name_len + 1 : len;
    if (len > 0) {
      json_array_append_new(list, json_pack("{ss% ss%}", "name", p, name_len, "value",
                                            p + value_at, len - value_at));
    }
    p = strchr(p, '&');
  }
  return list;
}

static const char *http_version(const struct request *request) {
  return request->connection == NULL ? "unknown" : trace_version_name(request->connection->version);
}

static json_t *json_request(const struct request *request) {
  const struct upload *upload = request->client->upload;
  json_t *object = json_pack(
      "{so ss ss s[] so so si sI}", "method", json_text(request_method(request->client)), "url",
      request->uri.text, "httpVersion", http_version(request), "cookies", "headers",
      json_headers(request->headers), "queryString", json_query(request->uri.path), "headersSize",
      -1, "bodySize", (json_int_t)request->upload_offset);
  if (upload != NULL) {
    const char *type = nv_find(request->headers, "content-type");
    json_object_set_new(object, "postData",
                        json_pack("{so s[] ss}", "mimeType", json_text(type != NULL ? type : ""),
                                  "params", "text", ""));
  }
  return object;
}

static json_t *json_response(const struct request *request) {
  const struct response *response = &request->response;
  const char *type = nv_find(response->headers, "content-type");
  const char *location = nv_find(response->headers, "location");
  const char *status_text = response->status_text == NULL ? "" : response->status_text;
  const char *reason_phrase = strchr(status_text, ' ');

  json_t *content = json_pack("{sI so}", "size", (json_int_t)response->body_bytes, "mimeType",
                              json_text(type != NULL ? type : ""));
  if (response->decoder != NULL) {
    json_object_set_new(
        content, "compression",
        json_integer((json_int_t)response->body_bytes - (json_int_t)response->wire_bytes));
  }
  json_t *object = json_pack(
      "{si so ss s[] so so so si sI}", "status", response->status, "statusText",
      json_text(reason_phrase == NULL ? "" : reason_phrase + 1), "httpVersion",
      http_version(request), "cookies", "headers", json_headers(response->headers), "content",
      content, "redirectURL", json_text(location != NULL ? location : ""), "headersSize", -1,
      "bodySize", (json_int_t)response->wire_bytes);
  if (request->reason != NULL && request->outcome != OUTCOME_HTTP) {
    json_object_set_new(object, "_error", json_text(request->reason));
  }
  return object;
}

static int64_t at_least_zero(int64_t us) {
  return us < 0 ? 0 : us;
}

/* The phases add up to the total, as the format demands; "connect" contains "ssl". A phase that the
 * request did not go through, or did not get to, is -1. */
static json_t *json_timings(const struct request *request, double *total_ms) {
  const struct request_times *t = &request->times;
  const struct connection *c = request->connection;
  int64_t end = t->finished;
  int64_t started = t->started != 0 ? t->started : end;
  int64_t sent = t->sent != 0 ? t->sent : end;
  int64_t first_byte = t->first_byte != 0 ? t->first_byte : end;
  int64_t send_end = t->uploaded != 0 && t->uploaded < first_byte ? t->uploaded : sent;

  double dns = -1;
  double connect = -1;
  double ssl = -1;
  int64_t connecting = 0;
  if (request->owns_connection_times && c != NULL && c->times.opened != 0) {
    const struct connection_times *ct = &c->times;
    connecting = ct->opened - ct->started;
    dns = clock_ms(ct->resolved - ct->started);
    connect = clock_ms(ct->opened - ct->resolved);
    if (c->ssl != NULL) {
      ssl = clock_ms(ct->opened - ct->connected);
    }
  }
  double blocked = clock_ms(at_least_zero(sent - started - connecting));
  double send = clock_ms(at_least_zero(send_end - sent));
  double wait = clock_ms(at_least_zero(first_byte - send_end));
  double receive = clock_ms(at_least_zero(end - first_byte));
  *total_ms = blocked + (dns < 0 ? 0 : dns) + (connect < 0 ? 0 : connect) + send + wait + receive;
  return json_pack("{sf sf sf sf sf sf sf}", "blocked", blocked, "dns", dns, "connect", connect,
                   "ssl", ssl, "send", send, "wait", wait, "receive", receive);
}

struct har *har_new(const char *path) {
  struct har *har = xcalloc(1, sizeof(*har));
  har->file = output_file_new(path);
  har->began = clock_now();
  clock_gettime(CLOCK_REALTIME, &har->began_wall_clock);
  write_text(har, "{\"log\":{\"version\":\"1.2\",\"creator\":");
  write_json(har, json_pack("{ss ss}", "name", "spdycat", "version", SPDYLAY_VERSION));
  write_text(har, ",\"entries\":[");
  return har;
}

void har_add(struct har *har, const struct request *request) {
  if (har == NULL || request->times.started == 0) {
    return;
  }
  const struct connection *c = request->connection;
  double total = 0;
  json_t *timings = json_timings(request, &total);
  json_t *entry = json_pack(
      "{ss so sf so so s{} so}", "pageref", PAGE_ID, "startedDateTime",
      json_time(&request->times.wall_clock), "time", total, "request", json_request(request),
      "response", json_response(request), "cache", "timings", timings);
  if (c != NULL) {
    char number[16];
    snprintf(number, sizeof(number), "%u", c->number);
    json_object_set_new(entry, "connection", json_string(number));
    if (c->address[0] != '\0') {
      json_object_set_new(entry, "serverIPAddress", json_string(c->address));
    }
  }
  if (har->title == NULL) {
    har->title = xstrdup(request->uri.text);
  }
  write_text(har, har->has_entries ? ",\n" : "\n");
  write_json(har, entry);
  har->has_entries = true;
}

bool har_finish(struct har *har, char **problem) {
  write_text(har, "],\"pages\":[");
  if (har->has_entries) {
    write_json(har, json_pack("{so ss ss s{si sf}}", "startedDateTime",
                              json_time(&har->began_wall_clock), "id", PAGE_ID, "title", har->title,
                              "pageTimings", "onContentLoad", -1, "onLoad",
                              clock_ms(clock_now() - har->began)));
  }
  write_text(har, "]}}\n");
  bool ok = !har->failed && output_commit(har->file);
  if (!ok) {
    *problem = xstrdup(har->file->problem);
  }
  output_discard(har->file);
  free(har->title);
  free(har);
  return ok;
}
