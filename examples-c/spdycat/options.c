#define _POSIX_C_SOURCE 200809L

#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spdylay/spdylay.h>

#include "../client/xalloc.h"

#define DEFAULT_MAX_CONCURRENT 100
#define DEFAULT_PRIORITY 3
#define DEFAULT_PROXY_PORT 3128

/* All -H together must stay below the 65535 bytes that one SPDY/2 header value can hold, because
 * headers of one name are joined into one value. */
#define HEADERS_MAX 60000

enum long_only {
  OPT_SPDY3_1 = 256,
  OPT_CERT,
  OPT_KEY,
  OPT_NO_TLS,
  OPT_COLOR,
  OPT_CAFILE,
  OPT_NPN,
  OPT_ALPN,
  OPT_HAR,
  OPT_OUTPUT_DIR,
  OPT_PRI,
  OPT_MAX_CONCURRENT,
  OPT_VERSION
};

static const char SHORT_OPTIONS[] = "vnO23t:w:sH:d:m:p:P:aho:i:k";

static const struct option LONG_OPTIONS[] = {
    {"verbose", no_argument, NULL, 'v'},
    {"null-out", no_argument, NULL, 'n'},
    {"remote-name", no_argument, NULL, 'O'},
    {"spdy2", no_argument, NULL, '2'},
    {"spdy3", no_argument, NULL, '3'},
    {"spdy3-1", no_argument, NULL, OPT_SPDY3_1},
    {"timeout", required_argument, NULL, 't'},
    {"window-bits", required_argument, NULL, 'w'},
    {"stat", no_argument, NULL, 's'},
    {"header", required_argument, NULL, 'H'},
    {"cert", required_argument, NULL, OPT_CERT},
    {"key", required_argument, NULL, OPT_KEY},
    {"no-tls", no_argument, NULL, OPT_NO_TLS},
    {"data", required_argument, NULL, 'd'},
    {"multiply", required_argument, NULL, 'm'},
    {"proxy", required_argument, NULL, 'p'},
    {"proxy-port", required_argument, NULL, 'P'},
    {"color", no_argument, NULL, OPT_COLOR},
    {"get-assets", no_argument, NULL, 'a'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPT_VERSION},
    {"insecure", no_argument, NULL, 'k'},
    {"cafile", required_argument, NULL, OPT_CAFILE},
    {"npn", no_argument, NULL, OPT_NPN},
    {"alpn", no_argument, NULL, OPT_ALPN},
    {"har", required_argument, NULL, OPT_HAR},
    {"output", required_argument, NULL, 'o'},
    {"output-dir", required_argument, NULL, OPT_OUTPUT_DIR},
    {"pri", required_argument, NULL, OPT_PRI},
    {"max-concurrent", required_argument, NULL, OPT_MAX_CONCURRENT},
    {"input-file", required_argument, NULL, 'i'},
    {NULL, 0, NULL, 0},
};

/* A whole number within `min` to `max`; false after telling the user. */
static bool parse_number(const char *option, const char *text, long min, long max, long *value) {
  char *end;
  *value = strtol(text, &end, 10);
  if (end == text || *end != '\0' || *value < min || *value > max) {
    fprintf(stderr, "spdycat: %s: '%s' is not a number from %ld to %ld\n", option, text, min, max);
    return false;
  }
  return true;
}

static bool parse_timeout(const char *text, int64_t *timeout) {
  char *end;
  double seconds = strtod(text, &end);
  /* The comparison is written so that it also refuses NaN. */
  if (end == text || *end != '\0' || !(seconds >= 0.001 && seconds <= 1e6)) {
    fprintf(stderr, "spdycat: --timeout: '%s' is not a number of seconds\n", text);
    return false;
  }
  *timeout = (int64_t)(seconds * 1e6);
  return true;
}

static bool is_header_name(const char *name) {
  if (*name == '\0') {
    return false;
  }
  for (; *name != '\0'; name++) {
    if (*name <= 0x20 || *name >= 0x7f) {
      return false;
    }
  }
  return true;
}

static bool is_header_value(const char *value) {
  for (; *value != '\0'; value++) {
    unsigned char c = (unsigned char)*value;
    if ((c < 0x20 && c != '\t') || c == 0x7f) {
      return false;
    }
  }
  return true;
}

/* NAME:VALUE, where the name may begin with a colon as in ":method: HEAD". */
static bool parse_header(struct options *o, const char *text) {
  const char *colon = *text == '\0' ? NULL : strchr(text + 1, ':');
  if (colon == NULL) {
    fprintf(stderr, "spdycat: --header: '%s' is not of the form NAME:VALUE\n", text);
    return false;
  }
  const char *value = colon + 1 + strspn(colon + 1, " \t");

  size_t total = strlen(text);
  for (size_t i = 0; i < o->header_count; i++) {
    total += strlen(o->headers[i].name) + strlen(o->headers[i].value);
  }
  if (total > HEADERS_MAX) {
    fprintf(stderr, "spdycat: --header: more than %d bytes of headers\n", HEADERS_MAX);
    return false;
  }

  char *name = xstrndup(text, (size_t)(colon - text));
  if (!is_header_name(name) || !is_header_value(value)) {
    fprintf(stderr, "spdycat: --header: a character in it that a header cannot hold\n");
    free(name);
    return false;
  }
  for (char *p = name; *p != '\0'; p++) {
    if (*p >= 'A' && *p <= 'Z') {
      *p += 'a' - 'A';
    }
  }
  o->headers = xreallocarray(o->headers, o->header_count + 1, sizeof(*o->headers));
  o->headers[o->header_count++] = (struct header_option){.name = name, .value = value};
  return true;
}

/* "-" stands for a standard stream. */
static bool is_dash(const char *file) {
  return file != NULL && strcmp(file, "-") == 0;
}

/* One option from getopt_long. False: wrong, and the user has been told. */
static bool parse_option(struct options *o, int c) {
  long n = 0;
  switch (c) {
  case 'v': o->verbose = true; return true;
  case 'n': o->null_out = true; return true;
  case 'O': o->remote_name = true; return true;
  case '2': o->version = SPDYLAY_PROTO_SPDY2; return true;
  case '3': o->version = SPDYLAY_PROTO_SPDY3; return true;
  case OPT_SPDY3_1: o->version = SPDYLAY_PROTO_SPDY3_1; return true;
  case 't': return parse_timeout(optarg, &o->timeout);
  case 'w':
    if (!parse_number("--window-bits", optarg, 1, 30, &n)) {
      return false;
    }
    o->window_bits = (int)n;
    return true;
  case 's': o->stat = true; return true;
  case 'H': return parse_header(o, optarg);
  case OPT_CERT: o->cert = optarg; return true;
  case OPT_KEY: o->key = optarg; return true;
  case OPT_NO_TLS: o->no_tls = true; return true;
  case 'd': o->data = optarg; return true;
  case 'm':
    if (!parse_number("--multiply", optarg, 1, 1000000, &n)) {
      return false;
    }
    o->multiply = (unsigned)n;
    o->allow_repeats = true;
    return true;
  case 'p': o->proxy_host = optarg; return true;
  case 'P':
    if (!parse_number("--proxy-port", optarg, 1, UINT16_MAX, &n)) {
      return false;
    }
    o->proxy_port = (uint16_t)n;
    return true;
  case OPT_COLOR: o->color = true; return true;
  case 'a': o->get_assets = true; return true;
  case 'k': o->insecure = true; return true;
  case OPT_CAFILE: o->cafile = optarg; return true;
  case OPT_NPN: o->offer = o->offer == OFFER_ALPN ? OFFER_ALPN_AND_NPN : OFFER_NPN; return true;
  case OPT_ALPN: o->offer = o->offer == OFFER_NPN ? OFFER_ALPN_AND_NPN : OFFER_ALPN; return true;
  case OPT_HAR: o->har = optarg; return true;
  case 'o': o->output = is_dash(optarg) ? NULL : optarg; return true;
  case OPT_OUTPUT_DIR:
    o->output_dir = optarg;
    o->remote_name = true;
    return true;
  case OPT_PRI:
    if (!parse_number("--pri", optarg, 0, 7, &n)) {
      return false;
    }
    o->priority = (uint8_t)n;
    return true;
  case OPT_MAX_CONCURRENT:
    if (!parse_number("--max-concurrent", optarg, 1, 100000, &n)) {
      return false;
    }
    o->max_concurrent = (size_t)n;
    return true;
  case 'i': o->input_file = optarg; return true;
  default: return false; /* getopt_long has told the user */
  }
}

/* The first contradiction between options, or NULL. */
static const char *contradiction(const struct options *o) {
  if (o->uris[0] == NULL && o->input_file == NULL) {
    return "no URI to fetch";
  }
  if (o->no_tls && o->version == 0) {
    return "--no-tls has nothing to negotiate with: choose -2, -3 or --spdy3-1";
  }
  if (o->output != NULL && o->remote_name) {
    return "-o and -O (or --output-dir) exclude each other";
  }
  if (is_dash(o->data) && is_dash(o->input_file)) {
    return "-d - and -i - cannot both read the standard input";
  }
  if (o->data != NULL && o->get_assets) {
    return "-a and -d exclude each other";
  }
  if (o->key != NULL && o->cert == NULL) {
    return "--key needs --cert";
  }
  return NULL;
}

enum options_verdict options_parse(struct options *o, int argc, char **argv) {
  *o = (struct options){
      .window_bits = -1,
      .multiply = 1,
      .priority = DEFAULT_PRIORITY,
      .max_concurrent = DEFAULT_MAX_CONCURRENT,
      .proxy_port = DEFAULT_PROXY_PORT,
  };

  /* getopt_long() begins its messages with this. */
  static char name[] = "spdycat";
  if (argc > 0) {
    argv[0] = name;
  }
  int c;
  while ((c = getopt_long(argc, argv, SHORT_OPTIONS, LONG_OPTIONS, NULL)) != -1) {
    if (c == 'h') {
      return OPTIONS_HELP;
    }
    if (c == OPT_VERSION) {
      return OPTIONS_VERSION;
    }
    if (!parse_option(o, c)) {
      return OPTIONS_WRONG;
    }
  }
  o->uris = argv + optind;

  const char *why = contradiction(o);
  if (why != NULL) {
    fprintf(stderr, "spdycat: %s\n", why);
    return OPTIONS_WRONG;
  }
  return OPTIONS_RUN;
}

void options_free(struct options *o) {
  for (size_t i = 0; i < o->header_count; i++) {
    free(o->headers[i].name);
  }
  free(o->headers);
}

enum destination options_destination(const struct options *o) {
  if (o->null_out) {
    return TO_NOWHERE;
  }
  if (o->output != NULL) {
    return TO_FILE;
  }
  return o->remote_name ? TO_REMOTE_NAME : TO_STDOUT;
}

bool options_override(const struct options *o, const char *name) {
  for (size_t i = 0; i < o->header_count; i++) {
    if (strcmp(o->headers[i].name, name) == 0) {
      return true;
    }
  }
  return false;
}
