#include "conditional.h"

#include <string.h>

#include "http_date.h"

enum comparison { COMPARE_STRONG, COMPARE_WEAK };

/* Whether a list of entity tags names `etag`. An entity tag may itself hold commas, so the list is
 * taken apart by its quotes. */
static bool list_has_etag(const char *list, const char *etag, enum comparison comparison)
{
    size_t length = strlen(etag);

    while (*list != '\0') {
        bool weak = false;
        const char *close;

        list += strspn(list, " \t,");
        if (*list == '*')
            return true;
        if (list[0] == 'W' && list[1] == '/') {
            weak = true;
            list += 2;
        }
        if (*list != '"' || (close = strchr(list + 1, '"')) == NULL)
            return false;
        if ((size_t)(close + 1 - list) == length && memcmp(list, etag, length) == 0 &&
            (comparison == COMPARE_WEAK || !weak))
            return true;
        list = close + 1;
    }
    return false;
}

static bool read_date(const struct request *request, enum field field, time_t *date)
{
    return request->field[field] != NULL && http_date_parse(request->field[field], date);
}

enum precondition precondition_check(const struct request *request,
                                     const struct validator *current)
{
    time_t since;

    /* The order is that of RFC 9110 section 13.2.2: entity tags silence dates. */
    if (request->field[FIELD_IF_MATCH] != NULL) {
        if (!list_has_etag(request->field[FIELD_IF_MATCH], current->etag, COMPARE_STRONG))
            return PRECONDITION_FAILED;
    } else if (read_date(request, FIELD_IF_UNMODIFIED_SINCE, &since) &&
               current->modified > since) {
        return PRECONDITION_FAILED;
    }

    if (request->field[FIELD_IF_NONE_MATCH] != NULL) {
        if (list_has_etag(request->field[FIELD_IF_NONE_MATCH], current->etag, COMPARE_WEAK))
            return PRECONDITION_NOT_MODIFIED;
    } else if (read_date(request, FIELD_IF_MODIFIED_SINCE, &since) && current->modified <= since) {
        return PRECONDITION_NOT_MODIFIED;
    }
    return PRECONDITION_HOLDS;
}

bool if_range_holds(const struct request *request, const struct validator *current)
{
    const char *condition = request->field[FIELD_IF_RANGE];
    time_t date;

    if (condition == NULL)
        return true;
    if (condition[0] == '"')
        return strcmp(condition, current->etag) == 0;
    /* A date has to match exactly: a part of any other version would corrupt the client's copy. */
    return read_date(request, FIELD_IF_RANGE, &date) && date == current->modified;
}
