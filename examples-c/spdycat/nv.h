/* Header lists as the library has them: name, value, name, value, ..., NULL. */
#ifndef SPDYCAT_NV_H
#define SPDYCAT_NV_H

#include <stddef.h>

/* The first value of `name`, or NULL. `nv` may be NULL. */
const char *nv_find(char *const *nv, const char *name);

/* Appends copies of the pairs of `more` to the list `*nv`, which may be NULL. Returns the bytes that
 * `*nv` then holds, counted as HTTP/1 would write them. */
size_t nv_append(char ***nv, char *const *more);

void nv_free(char **nv);

#endif
