/* A permission to stream: what an upgraded connection is for. */
#ifndef KUBESTREAM_GRANT_H
#define KUBESTREAM_GRANT_H

#include <stdbool.h>

#include "remote.h"

enum verb { VERB_EXEC, VERB_ATTACH, VERB_PORT_FORWARD };

struct grant {
    enum verb verb;
    struct remote_request request; /* not of VERB_PORT_FORWARD */
};

/* As it stands in URLs. */
const char *verb_name(enum verb verb);

/* False if there is none of that name. */
bool verb_find(const char *name, enum verb *verb);

#endif
