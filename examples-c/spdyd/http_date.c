#define _GNU_SOURCE
#include "http_date.h"

#include <stddef.h>
#include <string.h>

/* The program never calls setlocale(), so the names of days and months are the English ones. */

void http_date_format(time_t time, char text[HTTP_DATE_SIZE])
{
    struct tm utc;

    if (gmtime_r(&time, &utc) == NULL ||
        strftime(text, HTTP_DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &utc) == 0)
        strcpy(text, "Thu, 01 Jan 1970 00:00:00 GMT");
}

bool http_date_parse(const char *text, time_t *time)
{
    /* The form in use, and the two obsolete ones that a recipient has to understand. */
    static const char *const FORMATS[] = {
        "%a, %d %b %Y %H:%M:%S GMT",
        "%A, %d-%b-%y %H:%M:%S GMT",
        "%a %b %e %H:%M:%S %Y",
    };

    for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++) {
        struct tm utc = {0};
        const char *end = strptime(text, FORMATS[i], &utc);

        if (end != NULL && *end == '\0') {
            *time = timegm(&utc);
            return true;
        }
    }
    return false;
}
