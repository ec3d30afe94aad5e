#define _POSIX_C_SOURCE 200809L

#include "tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../client/xalloc.h"

int tempfile_open(char **problem) {
  const char *folder = getenv("TMPDIR");
  if (folder == NULL || *folder == '\0') {
    folder = "/tmp";
  }
  char *path = xasprintf("%s/spdycat-XXXXXX", folder);
  int fd = mkstemp(path);
  if (fd < 0) {
    *problem = xasprintf("%s: %s", path, strerror(errno));
  } else {
    unlink(path);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  free(path);
  return fd;
}
