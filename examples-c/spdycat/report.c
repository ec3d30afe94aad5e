#include "report.h"

#include <stdio.h>

#include "../client/escape.h"
#include "progress.h"

void report(const char *subject, const char *reason) {
  progress_erase();
  fputs("spdycat: ", stderr);
  print_escaped(stderr, subject);
  fputs(": ", stderr);
  print_escaped(stderr, reason);
  fputc('\n', stderr);
}
