/* A set of strings: which URIs were already requested, which file names already taken. */
#ifndef SPDYCAT_STRSET_H
#define SPDYCAT_STRSET_H

#include <stdbool.h>
#include <stddef.h>

struct strset {
  char **slots; /* open addressing; NULL is an empty slot */
  size_t capacity;
  size_t count;
};

/* Adds a copy of `s`. False: it was there before. A zeroed set is an empty one. */
bool strset_add(struct strset *set, const char *s);
void strset_free(struct strset *set);

#endif
