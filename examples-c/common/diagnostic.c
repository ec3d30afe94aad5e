#include "diagnostic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void diagnostic(const char *format, ...)
{
    static const char prefix[] = "spdyd: ";
    char line[1024];
    size_t length = sizeof(prefix) - 1;
    va_list arguments;
    int added;

    memcpy(line, prefix, length);
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
