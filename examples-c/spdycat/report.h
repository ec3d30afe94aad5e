/* Messages to the user on stderr. Text from the network is escaped, so that a server cannot drive
 * the terminal. */
#ifndef SPDYCAT_REPORT_H
#define SPDYCAT_REPORT_H

/* Writes "spdycat: SUBJECT: REASON". */
void report(const char *subject, const char *reason);

#endif
