/* Where a response body goes: a file, the standard output, or nowhere. */
#ifndef SPDYCAT_OUTPUT_H
#define SPDYCAT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct output;

struct output_ops {
  bool (*write)(struct output *output, const void *data, size_t len);
  bool (*commit)(struct output *output);
  void (*discard)(struct output *output);
};

struct output {
  const struct output_ops *ops;
  char *problem; /* after a false: what went wrong, with the name of the file */
};

/* All three: false means a local failure, described in `problem`. */

static inline bool output_write(struct output *output, const void *data, size_t len) {
  return output->ops->write(output, data, len);
}

/* The body is complete. The output still has to be discarded. */
static inline bool output_commit(struct output *output) {
  return output->ops->commit(output);
}

/* Frees the output; without a commit before, it removes what was written as far as it can. */
static inline void output_discard(struct output *output) {
  output->ops->discard(output);
}

struct output *output_null_new(void);

/* A file that appears at `path` when it is committed, not before: a failed download leaves an older
 * file of that name as it was. What is not a regular file (a device, a pipe, a link) is written to
 * directly. Nothing is opened before the first write or the commit. */
struct output *output_file_new(const char *path);

/* Writes all of `data`, also to a descriptor that is non-blocking. False with errno set. */
bool output_write_fully(int fd, const void *data, size_t len);

#endif
