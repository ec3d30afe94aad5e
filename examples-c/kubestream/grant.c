#include "grant.h"

#include <string.h>

static const char *const NAMES[] = {
    [VERB_EXEC] = "exec", [VERB_ATTACH] = "attach", [VERB_PORT_FORWARD] = "portforward"};

const char *verb_name(enum verb verb)
{
    return NAMES[verb];
}

bool verb_find(const char *name, enum verb *verb)
{
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(*NAMES); i++) {
        if (strcmp(name, NAMES[i]) == 0) {
            *verb = (enum verb)i;
            return true;
        }
    }
    return false;
}
