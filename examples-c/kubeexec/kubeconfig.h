/* Reads kubeconfig files, the way kubectl finds and joins them. */
#ifndef KUBEEXEC_KUBECONFIG_H
#define KUBEEXEC_KUBECONFIG_H

#include <stdbool.h>

#include "cluster.h"

/* Fills in what `context`, or else the current one, says. The files are `path`, or else those of
 * $KUBECONFIG, or else ~/.kube/config; only `path` must exist. False: the user has been told. */
bool kubeconfig_read(struct cluster *cluster, const char *path, const char *context);

#endif
