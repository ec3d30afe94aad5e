/* Dates as HTTP writes them (RFC 9110 section 5.6.7). */
#ifndef SPDYD_HTTP_DATE_H
#define SPDYD_HTTP_DATE_H

#include <stdbool.h>
#include <time.h>

/* Holds "Sun, 06 Nov 1994 08:49:37 GMT". */
#define HTTP_DATE_SIZE 40

void http_date_format(time_t time, char text[HTTP_DATE_SIZE]);
bool http_date_parse(const char *text, time_t *time);

#endif
