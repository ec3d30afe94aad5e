/* Messages for the person who runs the server, on standard error. */
#ifndef SPDYD_DIAGNOSTIC_H
#define SPDYD_DIAGNOSTIC_H

__attribute__((format(printf, 1, 2))) void diagnostic(const char *format, ...);

#endif
