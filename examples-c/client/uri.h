/* Absolute http and https URIs, split into what a SPDY request needs. */
#ifndef CLIENT_URI_H
#define CLIENT_URI_H

#include <stdbool.h>
#include <stdint.h>

struct uri {
  char *text;      /* scheme://authority/path, normalised, without fragment */
  char *scheme;    /* "http" or "https" */
  char *host;      /* lower case; an IPv6 address without its brackets */
  char *authority; /* the :host header: host, and the port unless it is the scheme's default */
  char *path;      /* the :path header: path and query, never empty */
  uint16_t port;
};

/* True on success. Otherwise `*why` is a constant text and nothing needs freeing. */
bool uri_parse(struct uri *uri, const char *text, const char **why);
struct uri uri_copy(const struct uri *uri);
void uri_free(struct uri *uri);

/* The last part of the path, "index.html" if there is none. NULL: it would not name a file in the
 * current folder. The caller frees it. */
char *uri_file_name(const struct uri *uri);

#endif
