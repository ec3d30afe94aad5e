#include "strset.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../client/xalloc.h"

/* FNV-1a. The strings are the user's own, or links of a page whose number is capped, so a hash
 * that an attacker could make collide is good enough. */
static size_t hash(const char *s) {
  uint64_t h = 0xcbf29ce484222325u;
  for (; *s != '\0'; s++) {
    h = (h ^ (unsigned char)*s) * 0x100000001b3u;
  }
  return (size_t)h;
}

/* The slot that holds `s`, or the empty one where it belongs. The capacity is a power of two and
 * the set is never full, so the search ends. */
static char **find(const struct strset *set, const char *s) {
  size_t i = hash(s) & (set->capacity - 1);
  while (set->slots[i] != NULL && strcmp(set->slots[i], s) != 0) {
    i = (i + 1) & (set->capacity - 1);
  }
  return &set->slots[i];
}

static void grow(struct strset *set) {
  struct strset bigger = {.capacity = set->capacity == 0 ? 64 : set->capacity * 2};
  bigger.slots = xcalloc(bigger.capacity, sizeof(*bigger.slots));
  bigger.count = set->count;
  for (size_t i = 0; i < set->capacity; i++) {
    if (set->slots[i] != NULL) {
      *find(&bigger, set->slots[i]) = set->slots[i];
    }
  }
  free(set->slots);
  *set = bigger;
}

bool strset_add(struct strset *set, const char *s) {
  if (set->count >= set->capacity / 2) {
    grow(set);
  }
  char **slot = find(set, s);
  if (*slot != NULL) {
    return false;
  }
  *slot = xstrdup(s);
  set->count++;
  return true;
}

void strset_free(struct strset *set) {
  for (size_t i = 0; i < set->capacity; i++) {
    free(set->slots[i]);
  }
  free(set->slots);
  *set = (struct strset){0};
}
