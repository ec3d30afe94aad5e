/* The Status objects in which a Kubernetes server says how something came out. */
#ifndef KUBEEXEC_STATUS_H
#define KUBEEXEC_STATUS_H

#include <stddef.h>

enum status_verdict {
  STATUS_INCOMPLETE, /* nothing yet, or the beginning of an object */
  STATUS_SUCCESS,
  STATUS_EXIT_CODE, /* a command has ended with `exit_code`, which is not 0 */
  STATUS_FAILURE,   /* anything else that went wrong: `message` */
  STATUS_INVALID,   /* no Status object: `message` says why */
};

struct status {
  enum status_verdict verdict;
  int exit_code;
  char *message; /* or NULL */
};

struct status status_parse(const char *text, size_t len);
void status_free(struct status *status);

#endif
