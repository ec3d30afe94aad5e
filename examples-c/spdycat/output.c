#define _POSIX_C_SOURCE 200809L

#include "output.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "../client/xalloc.h"
#include "interrupt.h"

static bool null_write(struct output *output, const void *data, size_t len) {
  (void)output;
  (void)data;
  (void)len;
  return true;
}

static bool null_commit(struct output *output) {
  (void)output;
  return true;
}

static void null_discard(struct output *output) {
  free(output);
}

struct output *output_null_new(void) {
  static const struct output_ops OPS = {null_write, null_commit, null_discard};
  struct output *output = xcalloc(1, sizeof(*output));
  output->ops = &OPS;
  return output;
}

bool output_write_fully(int fd, const void *data, size_t len) {
  const uint8_t *p = data;
  while (len > 0) {
    ssize_t n = write(fd, p, len);
    if (n >= 0) {
      p += n;
      len -= (size_t)n;
    } else if (errno == EAGAIN) {
      /* Somebody else made our standard output non-blocking. */
      struct pollfd writable = {.fd = fd, .events = POLLOUT};
      if (poll(&writable, 1, -1) < 0 && interrupt_signal() != 0) {
        return false;
      }
    } else if (errno != EINTR || interrupt_signal() != 0) {
      return false;
    }
  }
  return true;
}
