/* Where the request goes: an API server or a streaming URL, with the path and the credentials. */
#ifndef KUBEEXEC_TARGET_H
#define KUBEEXEC_TARGET_H

#include <stdbool.h>

#include "../client/uri.h"
#include "cluster.h"
#include "options.h"

struct target {
  struct uri uri;
  char *path; /* with the query */
  bool tls;
  struct cluster cluster;
};

/* 0, or an exit code; the user has been told. */
int target_find(struct target *target, const struct options *o);
void target_free(struct target *target);

#endif
