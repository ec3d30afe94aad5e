#include "status.h"

#include <stdio.h>

#include <jansson.h>

const struct refusal BAD_REQUEST = {400, "BadRequest"};
const struct refusal FORBIDDEN = {403, "Forbidden"};
const struct refusal NOT_FOUND = {404, "NotFound"};
const struct refusal METHOD_NOT_ALLOWED = {405, "MethodNotAllowed"};
const struct refusal TOO_MANY_REQUESTS = {429, "TooManyRequests"};
const struct refusal INTERNAL_ERROR = {500, "InternalError"};

static char *text_of(json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

    json_decref(object);
    return text;
}

char *status_refusal(const struct refusal *refusal, const char *message)
{
    return text_of(json_pack("{s:s, s:s, s:{}, s:s, s:s, s:s, s:i}", "kind", "Status",
                             "apiVersion", "v1", "metadata", "status", "Failure", "message",
                             message, "reason", refusal->reason, "code", refusal->code));
}

char *status_exit(int code)
{
    char number[12];

    if (code == 0)
        return text_of(json_pack("{s:{}, s:s}", "metadata", "status", "Success"));
    snprintf(number, sizeof(number), "%d", code);
    return text_of(json_pack("{s:{}, s:s, s:s++, s:s, s:{s:[{s:s, s:s}]}}", "metadata", "status",
                             "Failure", "message",
                             "command terminated with non-zero exit code: exit code ", number, "",
                             "reason", "NonZeroExitCode", "details", "causes", "reason", "ExitCode",
                             "message", number));
}

char *status_not_run(const char *message)
{
    return text_of(json_pack("{s:{}, s:s, s:s, s:s, s:i}", "metadata", "status", "Failure",
                             "message", message, "reason", INTERNAL_ERROR.reason, "code",
                             INTERNAL_ERROR.code));
}
