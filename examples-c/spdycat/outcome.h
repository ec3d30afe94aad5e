/* How a request, and in the end the whole run, came out. The values are spdycat's exit codes, so
 * they are part of its interface: help.c documents them. */
#ifndef SPDYCAT_OUTCOME_H
#define SPDYCAT_OUTCOME_H

enum outcome {
  OUTCOME_OK = 0,
  OUTCOME_INTERNAL = 1, /* out of memory and the like */
  OUTCOME_USAGE = 2,    /* bad options or a malformed URI */
  OUTCOME_DNS = 3,      /* a host name that does not resolve */
  OUTCOME_CONNECT = 4,  /* refused, unreachable, lost in the middle, or the proxy said no */
  OUTCOME_TLS = 5,      /* handshake, certificate, or no SPDY version in common */
  OUTCOME_SPDY = 6,     /* the peer broke the protocol or reset the stream */
  OUTCOME_HTTP = 7,     /* a response with status 400 or above */
  OUTCOME_TIMEOUT = 8,
  OUTCOME_LOCAL_IO = 9, /* a local file or standard stream: disk full, no permission, ... */
};

/* What a run that saw both `a` and `b` reports: the lower number, so that the exit code does not
 * depend on which of two requests happened to fail first. */
static inline enum outcome outcome_combine(enum outcome a, enum outcome b) {
  if (a == OUTCOME_OK || b == OUTCOME_OK) {
    return a == OUTCOME_OK ? b : a;
  }
  return a < b ? a : b;
}

#endif
