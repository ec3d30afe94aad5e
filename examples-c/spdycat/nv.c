#include "nv.h"

#include <stdlib.h>
#include <string.h>

#include "../client/xalloc.h"

const char *nv_find(char *const *nv, const char *name) {
  for (; nv != NULL && *nv != NULL; nv += 2) {
    if (strcmp(nv[0], name) == 0) {
      return nv[1];
    }
  }
  return NULL;
}

static size_t count_strings(char *const *nv) {
  size_t n = 0;
  while (nv != NULL && nv[n] != NULL) {
    n++;
  }
  return n;
}

size_t nv_append(char ***nv, char *const *more) {
  size_t old = count_strings(*nv);
  size_t added = count_strings(more);
  *nv = xreallocarray(*nv, old + added + 1, sizeof(**nv));
  for (size_t i = 0; i < added; i++) {
    (*nv)[old + i] = xstrdup(more[i]);
  }
  (*nv)[old + added] = NULL;

  size_t bytes = 0;
  for (size_t i = 0; i < old + added; i++) {
    bytes += strlen((*nv)[i]) + 2; /* ": " or CR LF */
  }
  return bytes;
}

void nv_free(char **nv) {
  for (char **p = nv; p != NULL && *p != NULL; p++) {
    free(*p);
  }
  free(nv);
}
