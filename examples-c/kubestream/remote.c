#include "remote.h"

#include <stdlib.h>
#include <string.h>

static const char *const NAMES[] = {
    [REMOTE_V2] = "v2.channel.k8s.io",
    [REMOTE_V3] = "v3.channel.k8s.io",
    [REMOTE_V4] = "v4.channel.k8s.io",
    [REMOTE_V5] = "v5.channel.k8s.io",
};

const char *remote_version_name(enum remote_version version)
{
    return NAMES[version];
}

int remote_version_of(const char *name)
{
    for (int version = REMOTE_V2; version <= REMOTE_V5; version++) {
        if (strcmp(name, NAMES[version]) == 0)
            return version;
    }
    return 0;
}

const char *remote_request_problem(const struct remote_request *request)
{
    if (request->argv != NULL && request->argv[0] == NULL)
        return "you must specify at least one command for the container";
    if (!request->in && !request->out && !request->err)
        return "you must specify at least 1 of stdin, stdout, stderr";
    if (request->tty && request->err)
        return "tty and stderr cannot both be true";
    return NULL;
}

bool remote_request_alloc(struct remote_request *request, size_t words)
{
    request->argv = calloc(words + 1, sizeof(*request->argv));
    return request->argv != NULL;
}

void remote_request_clear(struct remote_request *request)
{
    for (char **word = request->argv; word != NULL && *word != NULL; word++)
        free(*word);
    free(request->argv);
    request->argv = NULL;
}
