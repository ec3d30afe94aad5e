/* The command line. */
#ifndef SPDYCAT_OPTIONS_H
#define SPDYCAT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which TLS extensions name the SPDY versions. NPN ends with TLS 1.2, ALPN is its successor. */
enum tls_offer { OFFER_ALPN_AND_NPN, OFFER_ALPN, OFFER_NPN };

struct header_option {
  char *name; /* lower case */
  const char *value;
};

struct options {
  /* protocol */
  uint16_t version; /* of spdylay_proto_version; 0: negotiate */
  bool no_tls;
  bool insecure;
  enum tls_offer offer;
  const char *cafile;
  const char *cert;
  const char *key;
  const char *proxy_host;
  uint16_t proxy_port;
  int window_bits; /* -1: the default of session.c */

  /* requests */
  const char *input_file;
  char **uris; /* NULL-terminated; part of argv */
  unsigned multiply;
  bool allow_repeats; /* -m was given: the same URI may be requested again */
  bool get_assets;
  struct header_option *headers;
  size_t header_count;
  const char *data;
  uint8_t priority;
  size_t max_concurrent;
  int64_t timeout; /* microseconds; 0: none */

  /* output */
  bool null_out;
  bool remote_name;
  const char *output; /* NULL also if it is "-" */
  const char *output_dir;
  const char *har;
  bool stat;
  bool verbose;
  bool color;
};

/* Where response bodies go. */
enum destination { TO_STDOUT, TO_FILE, TO_REMOTE_NAME, TO_NOWHERE };

/* What to do after the command line has been read. */
enum options_verdict { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };

/* OPTIONS_WRONG: the reason has been written to stderr. */
enum options_verdict options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);

enum destination options_destination(const struct options *o);

/* Has the user set the header `name` (in lower case) by -H, be it to remove it? */
bool options_override(const struct options *o, const char *name);

#endif
