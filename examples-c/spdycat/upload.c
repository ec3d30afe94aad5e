#define _POSIX_C_SOURCE 200809L

#include "upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdylay/spdylay.h>

#include "../client/xalloc.h"
#include "output.h"
#include "tempfile.h"

#define PIPE_BUFFER 65536

struct upload {
  char *name; /* for messages */
  int fd;
  int64_t size; /* -1: a pipe */
  off_t start;  /* of a file: the standard input may be a file that was partly read */
  char *problem;

  /* a pipe */
  struct event *readable;
  uint8_t *buffer; /* PIPE_BUFFER bytes */
  size_t buffered_from;
  size_t buffered_to;
  bool at_end;
  void (*ready)(void *arg);
  void *ready_arg;
};

static void set_problem(struct upload *upload, const char *text) {
  free(upload->problem);
  upload->problem = xasprintf("%s: %s", upload->name, text);
}

/* Only called when there is something to read or the end, so the read does not block. */
static void on_readable(evutil_socket_t fd, short what, void *arg) {
  (void)what;
  struct upload *upload = arg;
  ssize_t n = read(fd, upload->buffer, PIPE_BUFFER);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    event_add(upload->readable, NULL);
    return;
  }
  if (n < 0) {
    set_problem(upload, strerror(errno));
  }
  upload->at_end = n == 0;
  upload->buffered_from = 0;
  upload->buffered_to = n < 0 ? 0 : (size_t)n;
  if (upload->ready != NULL) {
    upload->ready(upload->ready_arg);
  }
}

static ssize_t read_pipe(struct upload *upload, uint8_t *buf, size_t length, int *eof) {
  size_t n = upload->buffered_to - upload->buffered_from;
  if (n == 0) {
    if (upload->at_end) {
      *eof = 1;
      return 0;
    }
    event_add(upload->readable, NULL);
    return SPDYLAY_ERR_DEFERRED;
  }
  n = n < length ? n : length;
  memcpy(buf, upload->buffer + upload->buffered_from, n);
  upload->buffered_from += n;
  return (ssize_t)n;
}

static ssize_t read_file(struct upload *upload, uint64_t offset, uint8_t *buf, size_t length,
                         int *eof) {
  uint64_t left = (uint64_t)upload->size - offset;
  size_t wanted = left < length ? (size_t)left : length;
  ssize_t n;
  do {
    n = pread(upload->fd, buf, wanted, upload->start + (off_t)offset);
  } while (n < 0 && errno == EINTR);
  if (n < 0) {
    set_problem(upload, strerror(errno));
    return SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  if (n == 0 && left > 0) {
    /* The content-length is already on its way. */
    set_problem(upload, "became shorter while it was being sent");
    return SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  *eof = (uint64_t)n == left;
  return n;
}

ssize_t upload_read(struct upload *upload, uint64_t *offset, uint8_t *buf, size_t length,
                    int *eof) {
  if (upload->problem != NULL) {
    return SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  ssize_t n = upload->size < 0 ? read_pipe(upload, buf, length, eof)
                               : read_file(upload, *offset, buf, length, eof);
  if (n > 0) {
    *offset += (uint64_t)n;
  }
  return n;
}

/* Replaces what can be read only once by an unnamed copy. */
static bool spool(struct upload *upload) {
  int copy = tempfile_open(&upload->problem);
  if (copy < 0) {
    return false;
  }
  static char buf[PIPE_BUFFER];
  int64_t size = 0;
  ssize_t n;
  while ((n = read(upload->fd, buf, sizeof(buf))) != 0) {
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0 || !output_write_fully(copy, buf, (size_t)n)) {
      set_problem(upload, strerror(errno));
      close(copy);
      return false;
    }
    size += n;
  }
  if (upload->fd != STDIN_FILENO) {
    close(upload->fd);
  }
  upload->fd = copy;
  upload->size = size;
  upload->start = 0;
  return true;
}

static bool open_source(struct upload *upload, struct event_base *base, bool repeated) {
  struct stat st;
  if (upload->fd < 0 || fstat(upload->fd, &st) != 0) {
    set_problem(upload, strerror(errno));
    return false;
  }
  if (S_ISDIR(st.st_mode)) {
    set_problem(upload, strerror(EISDIR));
    return false;
  }
  if (S_ISREG(st.st_mode)) {
    off_t at = lseek(upload->fd, 0, SEEK_CUR);
    upload->start = at < 0 ? 0 : at;
    upload->size = st.st_size > upload->start ? st.st_size - upload->start : 0;
    return true;
  }
  bool can_be_waited_for =
      S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(upload->fd);
  if (repeated || !can_be_waited_for) {
    return spool(upload);
  }
  upload->buffer = xcalloc(1, PIPE_BUFFER);
  upload->readable = xcheck(event_new(base, upload->fd, EV_READ, on_readable, upload));
  return true;
}

struct upload *upload_open(struct event_base *base, const char *file, bool repeated, char **why) {
  bool is_stdin = strcmp(file, "-") == 0;
  struct upload *upload = xcalloc(1, sizeof(*upload));
  upload->name = xstrdup(is_stdin ? "standard input" : file);
  upload->size = -1;
  upload->fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
  if (!open_source(upload, base, repeated)) {
    *why = upload->problem;
    upload->problem = NULL;
    upload_close(upload);
    return NULL;
  }
  return upload;
}

void upload_close(struct upload *upload) {
  if (upload == NULL) {
    return;
  }
  if (upload->readable != NULL) {
    event_free(upload->readable);
  }
  if (upload->fd > STDIN_FILENO) {
    close(upload->fd);
  }
  free(upload->buffer);
  free(upload->problem);
  free(upload->name);
  free(upload);
}

int64_t upload_size(const struct upload *upload) {
  return upload->size;
}

void upload_set_ready(struct upload *upload, void (*ready)(void *arg), void *arg) {
  upload->ready = ready;
  upload->ready_arg = arg;
}

const char *upload_problem(const struct upload *upload) {
  return upload->problem;
}

bool upload_can_restart(const struct upload *upload, uint64_t offset) {
  return upload->size >= 0 || offset == 0;
}
