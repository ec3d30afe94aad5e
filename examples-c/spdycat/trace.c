#include "trace.h"

#include <stdarg.h>
#include <stdio.h>

#include "../client/clock.h"
#include "../client/escape.h"
#include "report.h"

static struct {
  bool enabled;
  bool color;
  int64_t started;
} trace;

#define COLOR_TIME "\033[33m"
#define COLOR_SEND "\033[1;35m"
#define COLOR_RECV "\033[1;36m"
#define COLOR_NAME "\033[1;34m"
#define COLOR_OFF "\033[0m"

void trace_start(bool enabled, bool color) {
  trace.enabled = enabled;
  trace.color = color;
  trace.started = clock_now();
}

static const char *color(const char *sequence) {
  return trace.color ? sequence : "";
}

/* "[  0.012] #1 " */
static void print_stamp(unsigned connection) {
  fprintf(stderr, "%s[%7.3f]%s #%u ", color(COLOR_TIME),
          (double)(clock_now() - trace.started) / 1e6, color(COLOR_OFF), connection);
}

/* Lines that belong to the frame above them. */
#define INDENT "             "

void trace_note(unsigned connection, const char *format, ...) {
  if (!trace.enabled) {
    return;
  }
  char text[512];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);
  print_stamp(connection);
  print_escaped(stderr, text);
  fputc('\n', stderr);
}

const char *trace_status_name(uint32_t status) {
  static const char *const NAMES[] = {
      "OK",          "PROTOCOL_ERROR",  "INVALID_STREAM",      "REFUSED_STREAM",
      "UNSUPPORTED_VERSION",            "CANCEL",              "INTERNAL_ERROR",
      "FLOW_CONTROL_ERROR",             "STREAM_IN_USE",       "STREAM_ALREADY_CLOSED",
      "INVALID_CREDENTIALS",            "FRAME_TOO_LARGE",
  };
  return status < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[status] : "UNKNOWN";
}

const char *trace_goaway_status_name(uint32_t status) {
  static const char *const NAMES[] = {"OK", "PROTOCOL_ERROR", "INTERNAL_ERROR"};
  return status < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[status] : "UNKNOWN";
}

const char *trace_frame_name(int type) {
  static const char *const NAMES[] = {
      "UNKNOWN", "SYN_STREAM", "SYN_REPLY", "RST_STREAM", "SETTINGS",
      "NOOP",    "PING",       "GOAWAY",    "HEADERS",    "WINDOW_UPDATE",
      "CREDENTIAL",
  };
  return type > 0 && (size_t)type < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[type] : NAMES[0];
}

const char *trace_version_name(uint16_t version) {
  switch (version) {
  case SPDYLAY_PROTO_SPDY2: return "SPDY/2";
  case SPDYLAY_PROTO_SPDY3: return "SPDY/3";
  case SPDYLAY_PROTO_SPDY3_1: return "SPDY/3.1";
  default: return "unknown version";
  }
}

static const char *setting_name(int32_t id) {
  static const char *const NAMES[] = {
      "UNKNOWN",
      "UPLOAD_BANDWIDTH",
      "DOWNLOAD_BANDWIDTH",
      "ROUND_TRIP_TIME",
      "MAX_CONCURRENT_STREAMS",
      "CURRENT_CWND",
      "DOWNLOAD_RETRANS_RATE",
      "INITIAL_WINDOW_SIZE",
      "CLIENT_CERTIFICATE_VECTOR_SIZE",
  };
  return id > 0 && id <= SPDYLAY_SETTINGS_MAX ? NAMES[id] : NAMES[0];
}

static void print_direction(enum trace_direction direction, const char *frame_name) {
  fprintf(stderr, "%s%s%s %s frame ", color(direction == TRACE_SEND ? COLOR_SEND : COLOR_RECV),
          direction == TRACE_SEND ? "send" : "recv", color(COLOR_OFF), frame_name);
}

static void print_headers(char *const *nv) {
  for (; nv != NULL && *nv != NULL; nv += 2) {
    fputs(INDENT, stderr);
    fputs(color(COLOR_NAME), stderr);
    print_escaped(stderr, nv[0]);
    fprintf(stderr, "%s: ", color(COLOR_OFF));
    print_escaped(stderr, nv[1]);
    fputc('\n', stderr);
  }
}

static void print_settings(const spdylay_settings *settings) {
  fprintf(stderr, INDENT "(niv=%zu)\n", settings->niv);
  for (size_t i = 0; i < settings->niv; i++) {
    const spdylay_settings_entry *entry = &settings->iv[i];
    fprintf(stderr, INDENT "[%d(%u) %s: %u]\n", entry->settings_id, (unsigned)entry->flags,
            setting_name(entry->settings_id), entry->value);
  }
}

void trace_frame(unsigned connection, enum trace_direction direction, spdylay_frame_type type,
                 const spdylay_frame *frame) {
  if (!trace.enabled) {
    return;
  }
  print_stamp(connection);
  print_direction(direction, trace_frame_name((int)type));
  fprintf(stderr, "<version=%u, flags=%u, length=%d>\n", (unsigned)frame->ctrl.hd.version,
          (unsigned)frame->ctrl.hd.flags, frame->ctrl.hd.length);
  switch (type) {
  case SPDYLAY_SYN_STREAM:
    fprintf(stderr, INDENT "(stream_id=%d, assoc_stream_id=%d, pri=%u)\n",
            frame->syn_stream.stream_id, frame->syn_stream.assoc_stream_id,
            (unsigned)frame->syn_stream.pri);
    print_headers(frame->syn_stream.nv);
    break;
  case SPDYLAY_SYN_REPLY:
    fprintf(stderr, INDENT "(stream_id=%d)\n", frame->syn_reply.stream_id);
    print_headers(frame->syn_reply.nv);
    break;
  case SPDYLAY_HEADERS:
    fprintf(stderr, INDENT "(stream_id=%d)\n", frame->headers.stream_id);
    print_headers(frame->headers.nv);
    break;
  case SPDYLAY_RST_STREAM:
    fprintf(stderr, INDENT "(stream_id=%d, status_code=%u %s)\n", frame->rst_stream.stream_id,
            frame->rst_stream.status_code, trace_status_name(frame->rst_stream.status_code));
    break;
  case SPDYLAY_SETTINGS:
    print_settings(&frame->settings);
    break;
  case SPDYLAY_PING:
    fprintf(stderr, INDENT "(unique_id=%u)\n", frame->ping.unique_id);
    break;
  case SPDYLAY_GOAWAY:
    fprintf(stderr, INDENT "(last_good_stream_id=%d, status_code=%u %s)\n",
            frame->goaway.last_good_stream_id, frame->goaway.status_code,
            trace_goaway_status_name(frame->goaway.status_code));
    break;
  case SPDYLAY_WINDOW_UPDATE:
    fprintf(stderr, INDENT "(stream_id=%d, delta_window_size=%d)\n",
            frame->window_update.stream_id, frame->window_update.delta_window_size);
    break;
  default:
    break;
  }
}

void trace_data(unsigned connection, enum trace_direction direction, uint8_t flags,
                int32_t stream_id, int32_t length) {
  if (!trace.enabled) {
    return;
  }
  print_stamp(connection);
  print_direction(direction, "DATA");
  fprintf(stderr, "(stream_id=%d, flags=%u, length=%d)\n", stream_id, (unsigned)flags, length);
}
