/* Messages to the user on stderr. Text from the network is escaped. */
#ifndef KUBEEXEC_REPORT_H
#define KUBEEXEC_REPORT_H

/* Writes "kubeexec: " and the message. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
