#define _DEFAULT_SOURCE /* cfmakeraw(), TIOCGWINSZ */

#include "terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static bool is_raw;

void terminal_restore(void) {
  if (is_raw) {
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    is_raw = false;
  }
}

bool terminal_make_raw(void) {
  static bool registered;
  struct termios raw;
  if (tcgetattr(STDIN_FILENO, &before) != 0) {
    return false;
  }
  raw = before;
  cfmakeraw(&raw);
  if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) {
    return false;
  }
  is_raw = true;
  if (!registered) {
    registered = atexit(terminal_restore) == 0;
  }
  return true;
}

bool terminal_is_raw(void) {
  return is_raw;
}

bool terminal_size(unsigned *width, unsigned *height) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
      *width = size.ws_col;
      *height = size.ws_row;
      return true;
    }
  }
  return false;
}
