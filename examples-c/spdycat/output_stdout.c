#define _POSIX_C_SOURCE 200809L

#include "output_stdout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../client/xalloc.h"
#include "tempfile.h"

struct stdout_output {
  struct output base;
  TAILQ_ENTRY(stdout_output) link;
  struct stdout_queue *queue;
  bool queued;
  bool complete;
  bool discarded; /* its owner is done with it, but it still waits for its turn */
  int spool;      /* -1: nothing has had to wait */
};

static bool fail(struct stdout_output *out, const char *what, int error) {
  free(out->base.problem);
  out->base.problem = xasprintf("%s: %s", what, strerror(error));
  return false;
}

/* For what concerns all outputs, not only the one at hand. */
static bool fail_all(struct stdout_output *out, const char *what, int error) {
  if (out->queue->problem == NULL) {
    out->queue->problem = xasprintf("%s: %s", what, strerror(error));
  }
  return fail(out, what, error);
}

static bool is_first(const struct stdout_output *out) {
  return TAILQ_FIRST(&out->queue->waiting) == out;
}

static void leave_queue(struct stdout_output *out) {
  TAILQ_REMOVE(&out->queue->waiting, out, link);
  out->queue->length--;
  out->queued = false;
}

static void free_output(struct stdout_output *out) {
  if (out->spool >= 0) {
    close(out->spool);
  }
  free(out->base.problem);
  free(out);
}

static bool write_through(struct stdout_output *out, const void *data, size_t len) {
  return output_write_fully(STDOUT_FILENO, data, len) || fail_all(out, "standard output", errno);
}

/* Writes what has been collected, and closes the temporary file. */
static bool pour_spool(struct stdout_output *out) {
  if (out->spool < 0) {
    return true;
  }
  static char buf[65536];
  off_t offset = 0;
  ssize_t n;
  while ((n = pread(out->spool, buf, sizeof(buf), offset)) > 0) {
    if (!write_through(out, buf, (size_t)n)) {
      return false;
    }
    offset += n;
  }
  if (n < 0) {
    return fail_all(out, "temporary file", errno);
  }
  close(out->spool);
  out->spool = -1;
  return true;
}

/* The first output has left the queue. Writes out what its successors have collected, up to and
 * including the first that is still under way. */
static void advance(struct stdout_queue *queue) {
  struct stdout_output *out;
  while ((out = TAILQ_FIRST(&queue->waiting)) != NULL && queue->problem == NULL) {
    if (!pour_spool(out) || !out->complete) {
      return;
    }
    leave_queue(out);
    if (out->discarded) {
      free_output(out);
    }
  }
}

static bool stdout_write(struct output *output, const void *data, size_t len) {
  struct stdout_output *out = (struct stdout_output *)output;
  if (is_first(out)) {
    return pour_spool(out) && write_through(out, data, len);
  }
  if (out->spool < 0) {
    free(out->base.problem);
    out->base.problem = NULL;
    out->spool = tempfile_open(&out->base.problem);
    if (out->spool < 0) {
      return false;
    }
  }
  return output_write_fully(out->spool, data, len) || fail(out, "temporary file", errno);
}

static bool stdout_commit(struct output *output) {
  struct stdout_output *out = (struct stdout_output *)output;
  out->complete = true;
  if (!is_first(out)) {
    return true;
  }
  if (!pour_spool(out)) {
    return false;
  }
  leave_queue(out);
  advance(out->queue);
  return true;
}

static void stdout_discard(struct output *output) {
  struct stdout_output *out = (struct stdout_output *)output;
  struct stdout_queue *queue = out->queue;
  if (out->queued && out->complete && queue->problem == NULL) {
    out->discarded = true;
    return;
  }
  bool was_first = is_first(out);
  if (out->queued) {
    leave_queue(out);
  }
  free_output(out);
  if (was_first) {
    advance(queue);
  }
}

void stdout_queue_init(struct stdout_queue *queue) {
  TAILQ_INIT(&queue->waiting);
  queue->length = 0;
  queue->problem = NULL;
}

void stdout_queue_free(struct stdout_queue *queue) {
  struct stdout_output *out;
  while ((out = TAILQ_FIRST(&queue->waiting)) != NULL) {
    leave_queue(out);
    free_output(out);
  }
  free(queue->problem);
}

struct output *output_stdout_new(struct stdout_queue *queue) {
  static const struct output_ops OPS = {stdout_write, stdout_commit, stdout_discard};
  struct stdout_output *out = xcalloc(1, sizeof(*out));
  out->base.ops = &OPS;
  out->queue = queue;
  out->queued = true;
  out->spool = -1;
  TAILQ_INSERT_TAIL(&queue->waiting, out, link);
  queue->length++;
  return &out->base;
}
