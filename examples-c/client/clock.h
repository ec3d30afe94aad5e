/* Time stamps: microseconds on the monotonic clock. 0 means "has not happened". */
#ifndef CLIENT_CLOCK_H
#define CLIENT_CLOCK_H

#include <stdint.h>

int64_t clock_now(void);
double clock_ms(int64_t us);

#endif
