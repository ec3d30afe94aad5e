/* The access log: one line per request, in the manner of the combined log format.
 *
 *   PEER - "SUBJECT" [TIME] "METHOD PATH VERSION" STATUS BYTES "REFERER" "USER-AGENT" MILLISECONDS
 *
 * SUBJECT is that of the client's certificate, BYTES counts the body sent. What is unknown is "-".
 * STATUS 499 stands for a request that its client gave up before there was an answer. */
#ifndef SPDYD_ACCESS_LOG_H
#define SPDYD_ACCESS_LOG_H

#include <stdbool.h>

struct access_log;
struct stream;

/* NULL after a diagnostic. */
struct access_log *access_log_open(const char *file);
void access_log_close(struct access_log *log);

/* Opens the file anew by its name, after it was moved away. False if the log is no file. */
bool access_log_reopen(struct access_log *log);

/* Does nothing when the server keeps no log. */
void access_log_write(const struct stream *stream);

#endif
