#define _GNU_SOURCE /* program_invocation_short_name */

#include "xalloc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *xcheck(void *p) {
  if (p == NULL) {
    fprintf(stderr, "%s: out of memory\n", program_invocation_short_name);
    exit(EXIT_FAILURE);
  }
  return p;
}

void *xcalloc(size_t count, size_t size) {
  return xcheck(calloc(count, size));
}

void *xreallocarray(void *old, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) {
    xcheck(NULL);
  }
  return xcheck(realloc(old, count * size));
}

char *xstrdup(const char *s) {
  return xcheck(strdup(s));
}

char *xstrndup(const char *s, size_t len) {
  return xcheck(strndup(s, len));
}

char *xasprintf(const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  int len = vsnprintf(NULL, 0, format, ap);
  va_end(ap);
  if (len < 0) {
    xcheck(NULL);
  }

  char *text = xcheck(malloc((size_t)len + 1));
  va_start(ap, format);
  vsnprintf(text, (size_t)len + 1, format, ap);
  va_end(ap);
  return text;
}
