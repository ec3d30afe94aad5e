#include "escape.h"

void print_escaped(FILE *out, const char *s) {
  for (; *s != '\0'; s++) {
    unsigned char c = (unsigned char)*s;
    if (c >= 0x20 && c < 0x7f) {
      fputc(c, out);
    } else {
      fprintf(out, "\\x%02x", c);
    }
  }
}
