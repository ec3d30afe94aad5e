#define _POSIX_C_SOURCE 200809L

#include "clock.h"

#include <time.h>

int64_t clock_now(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

double clock_ms(int64_t us) {
  return (double)us / 1000.0;
}
