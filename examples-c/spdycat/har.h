/* --har: an HTTP Archive 1.2. Entries are written as requests finish, so memory does not grow with
 * their number; the file appears under its name when it is complete. */
#ifndef SPDYCAT_HAR_H
#define SPDYCAT_HAR_H

#include <stdbool.h>

#include "request.h"

struct har;

/* Nothing can go wrong yet: writing problems show at the end. */
struct har *har_new(const char *path);

/* A finished request. `har` may be NULL. */
void har_add(struct har *har, const struct request *request);

/* Completes the file and frees the archive. False: `*problem` says what failed; free() it. */
bool har_finish(struct har *har, char **problem);

#endif
