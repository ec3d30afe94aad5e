/* How a remote command came out, as the error stream tells it. */
#ifndef KUBEEXEC_RESULT_H
#define KUBEEXEC_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum result_end {
  RESULT_OPEN,
  RESULT_FINISHED, /* FIN */
  RESULT_RESET,    /* RST_STREAM or GOAWAY: how servers end a session when all is said */
  RESULT_CUT,      /* the connection was lost */
};

struct result {
  bool is_plain; /* v2 and v3: text if something went wrong; later versions: a Status object */
  char *text;
  size_t len;
  enum result_end end;
};

void result_add(struct result *result, const uint8_t *data, size_t len);

/* The first call counts. */
void result_end(struct result *result, enum result_end end);

/* False: more may come, or the server has never said. */
bool result_is_known(const struct result *result);

/* Once it is known. Tells the user what went wrong, unless it is only an exit code. */
int result_exit_code(const struct result *result);

void result_clear(struct result *result);

#endif
