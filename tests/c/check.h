/*
 * The assertions of the C tests. A failed one ends the program with status 1;
 * the memory checkers use other statuses.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) \
  ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

#define CHECK_EQ(actual, expected) \
  check_equal(__FILE__, __LINE__, #actual, (long long)(actual), \
              (long long)(expected))

_Noreturn static inline void check_failed(const char *file, int line,
                                          const char *what) {
  fprintf(stderr, "%s:%d: %s\n", file, line, what);
  exit(1);
}

static inline void check_equal(const char *file, int line, const char *what,
                               long long actual, long long expected) {
  if (actual == expected)
    return;
  fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, what, actual,
          expected);
  exit(1);
}

#endif
