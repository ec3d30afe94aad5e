/* The body of a POST (-d): streamed from a file to any number of requests, or from a pipe to one. */
#ifndef SPDYCAT_UPLOAD_H
#define SPDYCAT_UPLOAD_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct upload;

/* `file` may be "-". `repeated`: more than one request will send it, so what cannot be read twice is
 * first copied to an unnamed temporary file. NULL: `*why` says what failed; free() it. */
struct upload *upload_open(struct event_base *base, const char *file, bool repeated, char **why);
void upload_close(struct upload *upload);

/* -1: not known in advance. */
int64_t upload_size(const struct upload *upload);

/* The shape of the library's read callback. Reads at `*offset` and moves it. Besides a length it
 * returns SPDYLAY_ERR_DEFERRED, after which `ready` is called once as soon as there is more, or
 * SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE, with upload_problem() telling why. */
ssize_t upload_read(struct upload *upload, uint64_t *offset, uint8_t *buf, size_t length, int *eof);
void upload_set_ready(struct upload *upload, void (*ready)(void *arg), void *arg);
const char *upload_problem(const struct upload *upload);

/* Can a request that has sent `offset` bytes begin again? */
bool upload_can_restart(const struct upload *upload, uint64_t offset);

#endif
