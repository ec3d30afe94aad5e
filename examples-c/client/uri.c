#define _POSIX_C_SOURCE 200809L

#include "uri.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "xalloc.h"

/* SPDY/2 carries a header value behind a 16-bit length; half of that is plenty for a path. */
#define URI_MAX 32768

static bool has_only_visible_ascii(const char *s) {
  for (; *s != '\0'; s++) {
    if (*s <= 0x20 || *s >= 0x7f) {
      return false;
    }
  }
  return true;
}

static bool parse_port(const char *s, size_t len, uint16_t *port) {
  unsigned value = 0;
  if (len == 0 || len > 5) {
    return false;
  }
  for (size_t i = 0; i < len; i++) {
    if (s[i] < '0' || s[i] > '9') {
      return false;
    }
    value = value * 10 + (unsigned)(s[i] - '0');
  }
  *port = (uint16_t)value;
  return value > 0 && value <= UINT16_MAX;
}

/* Host and port of `authority`, `len` bytes long. Returns NULL, or what is wrong. */
static const char *parse_authority(struct uri *uri, const char *authority, size_t len) {
  const char *end = authority + len;
  if (memchr(authority, '@', len) != NULL) {
    return "user names and passwords in a URI are not supported";
  }

  const char *host = authority;
  const char *host_end;
  const char *rest; /* the end, or the colon before the port */
  bool bracketed = len > 0 && *authority == '[';
  if (bracketed) {
    host++;
    host_end = memchr(host, ']', (size_t)(end - host));
    if (host_end == NULL) {
      return "an IPv6 address without its closing bracket";
    }
    rest = host_end + 1;
  } else {
    host_end = memchr(host, ':', len);
    if (host_end == NULL) {
      host_end = end;
    }
    rest = host_end;
  }
  if (host == host_end) {
    return "no host name";
  }

  bool is_https = strcmp(uri->scheme, "https") == 0;
  uint16_t default_port = is_https ? 443 : 80;
  uri->port = default_port;
  if (rest != end && (*rest != ':' || !parse_port(rest + 1, (size_t)(end - rest - 1), &uri->port))) {
    return "not a valid port";
  }

  uri->host = xstrndup(host, (size_t)(host_end - host));
  for (char *p = uri->host; *p != '\0'; p++) {
    if (*p >= 'A' && *p <= 'Z') {
      *p += 'a' - 'A';
    }
  }
  const char *open = bracketed ? "[" : "";
  const char *close = bracketed ? "]" : "";
  uri->authority = uri->port == default_port
                       ? xasprintf("%s%s%s", open, uri->host, close)
                       : xasprintf("%s%s%s:%u", open, uri->host, close, (unsigned)uri->port);
  return NULL;
}

bool uri_parse(struct uri *uri, const char *text, const char **why) {
  *uri = (struct uri){0};
  if (strlen(text) > URI_MAX) {
    *why = "too long";
    return false;
  }
  if (!has_only_visible_ascii(text)) {
    *why = "a space, control or non-ASCII character (write it as %XX)";
    return false;
  }

  const char *authority;
  if (strncasecmp(text, "http://", 7) == 0) {
    uri->scheme = xstrdup("http");
    authority = text + 7;
  } else if (strncasecmp(text, "https://", 8) == 0) {
    uri->scheme = xstrdup("https");
    authority = text + 8;
  } else {
    *why = "not an absolute http:// or https:// URI";
    return false;
  }

  size_t authority_len = strcspn(authority, "/?#");
  *why = parse_authority(uri, authority, authority_len);
  if (*why != NULL) {
    uri_free(uri);
    return false;
  }

  const char *path = authority + authority_len;
  int path_len = (int)strcspn(path, "#");
  uri->path = xasprintf("%s%.*s", *path == '/' ? "" : "/", path_len, path);
  uri->text = xasprintf("%s://%s%s", uri->scheme, uri->authority, uri->path);
  return true;
}

struct uri uri_copy(const struct uri *uri) {
  return (struct uri){
      .text = xstrdup(uri->text),
      .scheme = xstrdup(uri->scheme),
      .host = xstrdup(uri->host),
      .authority = xstrdup(uri->authority),
      .path = xstrdup(uri->path),
      .port = uri->port,
  };
}

void uri_free(struct uri *uri) {
  free(uri->text);
  free(uri->scheme);
  free(uri->host);
  free(uri->authority);
  free(uri->path);
  *uri = (struct uri){0};
}

char *uri_file_name(const struct uri *uri) {
  size_t path_len = strcspn(uri->path, "?");
  size_t start = path_len;
  while (start > 0 && uri->path[start - 1] != '/') {
    start--;
  }
  if (start == path_len) {
    return xstrdup("index.html");
  }
  char *name = xstrndup(uri->path + start, path_len - start);
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
    free(name);
    return NULL;
  }
  return name;
}
