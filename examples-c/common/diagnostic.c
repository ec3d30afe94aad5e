#define _GNU_SOURCE
#include "diagnostic.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void diagnostic(const char *format, ...)
{
    char line[1024];
    size_t length;
    va_list arguments;
    int added = snprintf(line, sizeof(line), "%.100s: ", program_invocation_short_name);

    if (added < 0)
        return;
    length = (size_t)added;
    va_start(arguments, format);
    added = vsnprintf(line + length, sizeof(line) - length, format, arguments);
    va_end(arguments);
    if (added < 0)
        return;
    length += (size_t)added;
    if (length > sizeof(line) - 1)
        length = sizeof(line) - 1;
    line[length++] = '\n';
    /* One write per message, so that the lines of several workers never mix. A message that
     * cannot be written has nowhere else to go. */
    if (write(STDERR_FILENO, line, length) < 0)
        return;
}
