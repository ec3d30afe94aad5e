#define _POSIX_C_SOURCE 200809L
#include "request.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum field_kind {
    REQUIRED, /* SPDY/3 section 3.2.1: a request without it is answered by 400 */
    SINGLE,   /* may appear once */
    LIST,     /* several values mean the same as one with commas */
    NOTE      /* only logged; a second value is dropped */
};

static const struct {
    const char *name;
    enum field_kind kind;
} FIELDS[FIELD_COUNT] = {
    [FIELD_METHOD] = {":method", REQUIRED},
    [FIELD_PATH] = {":path", REQUIRED},
    [FIELD_SCHEME] = {":scheme", REQUIRED},
    [FIELD_HOST] = {":host", REQUIRED},
    [FIELD_VERSION] = {":version", REQUIRED},
    [FIELD_CONTENT_LENGTH] = {"content-length", SINGLE},
    [FIELD_RANGE] = {"range", SINGLE},
    [FIELD_IF_RANGE] = {"if-range", SINGLE},
    [FIELD_IF_MATCH] = {"if-match", LIST},
    [FIELD_IF_NONE_MATCH] = {"if-none-match", LIST},
    [FIELD_IF_MODIFIED_SINCE] = {"if-modified-since", SINGLE},
    [FIELD_IF_UNMODIFIED_SINCE] = {"if-unmodified-since", SINGLE},
    [FIELD_REFERER] = {"referer", NOTE},
    [FIELD_USER_AGENT] = {"user-agent", NOTE},
};

/* Longer lists are refused: each value copies those before it, and the peer chooses how many there
 * are. */
#define MAX_LIST 4096

/* Returns 0 or the status of the refusal. */
static int append_value(char **list, const char *value)
{
    size_t size = strlen(*list) + strlen(value) + sizeof(", ");
    char *longer;

    if (size > MAX_LIST)
        return 400;
    longer = malloc(size);
    if (longer == NULL)
        return 503;
    stpcpy(stpcpy(stpcpy(longer, *list), ", "), value);
    free(*list);
    *list = longer;
    return 0;
}

/* Returns 0 or the status of the refusal. */
static int take_field(struct request *request, const char *name, const char *value)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        char **slot = &request->field[i];

        if (strcmp(name, FIELDS[i].name) != 0)
            continue;
        if (*slot == NULL) {
            *slot = strdup(value);
            return *slot != NULL ? 0 : 503;
        }
        switch (FIELDS[i].kind) {
        case REQUIRED:
        case SINGLE:
            /* Whoever stands between us and the client may have judged the other value. */
            return 400;
        case LIST:
            return append_value(slot, value);
        case NOTE:
            return 0;
        }
    }
    return 0;
}

static enum method parse_method(const char *text)
{
    if (strcmp(text, "GET") == 0)
        return METHOD_GET;
    if (strcmp(text, "HEAD") == 0)
        return METHOD_HEAD;
    if (strcmp(text, "POST") == 0)
        return METHOD_POST;
    return METHOD_OTHER;
}

/* Digits only, for strtoull() would take "-1" as a huge number. */
static bool parse_content_length(const char *text, uint64_t *value)
{
    *value = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        unsigned digit = (unsigned char)*text - (unsigned)'0';

        if (digit > 9 || *value > (LENGTH_UNKNOWN - 1 - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return true;
}

int request_parse(struct request *request, char **nv)
{
    int status = 0;

    *request = (struct request){.method = METHOD_OTHER, .content_length = LENGTH_UNKNOWN};
    for (size_t i = 0; nv[i] != NULL; i += 2) {
        int refusal = take_field(request, nv[i], nv[i + 1]);

        if (status == 0)
            status = refusal;
    }
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const char *value = request->field[i];

        if (FIELDS[i].kind == REQUIRED && (value == NULL || *value == '\0') && status == 0)
            status = 400;
    }
    if (request->field[FIELD_METHOD] != NULL)
        request->method = parse_method(request->field[FIELD_METHOD]);
    if (request->field[FIELD_CONTENT_LENGTH] != NULL &&
        !parse_content_length(request->field[FIELD_CONTENT_LENGTH], &request->content_length) &&
        status == 0)
        status = 400;
    return status;
}

void request_clear(struct request *request)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        free(request->field[i]);
    *request = (struct request){0};
}
