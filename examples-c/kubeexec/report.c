#define _POSIX_C_SOURCE 200809L

#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../client/escape.h"
#include "terminal.h"

/* What is longer is cut: a server has no business to fill the screen. */
#define MESSAGE_MAX 4096

void report(const char *format, ...) {
  char text[MESSAGE_MAX];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);

  size_t len = strlen(text);
  while (len > 0 && text[len - 1] == '\n') {
    text[--len] = '\0'; /* many servers end their messages so */
  }
  fputs("kubeexec: ", stderr);
  print_escaped(stderr, text);
  fputs(terminal_is_raw() ? "\r\n" : "\n", stderr);
}
