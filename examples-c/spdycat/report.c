#include "report.h"

#include "progress.h"

void report_escaped(FILE *out, const char *s) {
  for (; *s != '\0'; s++) {
    unsigned char c = (unsigned char)*s;
    if (c >= 0x20 && c < 0x7f) {
      fputc(c, out);
    } else {
      fprintf(out, "\\x%02x", c);
    }
  }
}

void report(const char *subject, const char *reason) {
  progress_erase();
  fputs("spdycat: ", stderr);
  report_escaped(stderr, subject);
  fputs(": ", stderr);
  report_escaped(stderr, reason);
  fputc('\n', stderr);
}
