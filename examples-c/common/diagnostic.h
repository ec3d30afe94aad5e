/* Messages for the person who runs the server, on standard error, behind the program's name. */
#ifndef COMMON_DIAGNOSTIC_H
#define COMMON_DIAGNOSTIC_H

__attribute__((format(printf, 1, 2))) void diagnostic(const char *format, ...);

#endif
