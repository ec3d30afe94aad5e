#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../client/xalloc.h"
#include "output.h"

struct file_output {
  struct output base;
  char *path;
  char *temporary; /* what is being written to instead of `path`, in the same folder; may be NULL */
  int fd;
};

static bool fail(struct file_output *file, int error) {
  free(file->base.problem);
  file->base.problem = xasprintf("%s: %s", file->path, strerror(error));
  return false;
}

/* mkstemp() makes files that only their owner may read; a download gets the usual permissions, or
 * those of the file that it replaces. */
static void set_permissions(int fd, const struct stat *replaced) {
  mode_t mode;
  if (replaced != NULL) {
    mode = replaced->st_mode & 0777;
  } else {
    mode_t mask = umask(0);
    umask(mask);
    mode = 0666 & ~mask;
  }
  fchmod(fd, mode);
}

static bool open_file(struct file_output *file) {
  if (file->fd >= 0) {
    return true;
  }
  struct stat st;
  bool exists = lstat(file->path, &st) == 0;
  if (exists && !S_ISREG(st.st_mode)) {
    file->fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return file->fd >= 0 || fail(file, errno);
  }

  const char *slash = strrchr(file->path, '/');
  int folder_len = slash == NULL ? 0 : (int)(slash - file->path) + 1;
  file->temporary = xasprintf("%.*s.spdycat-XXXXXX", folder_len, file->path);
  file->fd = mkstemp(file->temporary);
  if (file->fd < 0) {
    int error = errno;
    free(file->temporary);
    file->temporary = NULL;
    return fail(file, error);
  }
  fcntl(file->fd, F_SETFD, FD_CLOEXEC);
  set_permissions(file->fd, exists ? &st : NULL);
  return true;
}

static bool file_write(struct output *output, const void *data, size_t len) {
  struct file_output *file = (struct file_output *)output;
  return open_file(file) && (output_write_fully(file->fd, data, len) || fail(file, errno));
}

static bool file_commit(struct output *output) {
  struct file_output *file = (struct file_output *)output;
  if (!open_file(file)) {
    return false;
  }
  /* Some file systems only say at close() that the disk is full. */
  int closed = close(file->fd);
  file->fd = -1;
  if (closed != 0) {
    return fail(file, errno);
  }
  if (file->temporary != NULL) {
    if (rename(file->temporary, file->path) != 0) {
      return fail(file, errno);
    }
    free(file->temporary);
    file->temporary = NULL;
  }
  return true;
}

static void file_discard(struct output *output) {
  struct file_output *file = (struct file_output *)output;
  if (file->fd >= 0) {
    close(file->fd);
  }
  if (file->temporary != NULL) {
    unlink(file->temporary);
    free(file->temporary);
  }
  free(file->path);
  free(file->base.problem);
  free(file);
}

struct output *output_file_new(const char *path) {
  static const struct output_ops OPS = {file_write, file_commit, file_discard};
  struct file_output *file = xcalloc(1, sizeof(*file));
  file->base.ops = &OPS;
  file->path = xstrdup(path);
  file->fd = -1;
  return &file->base;
}
