#include "result.h"

#include <stdlib.h>
#include <string.h>

#include "../client/xalloc.h"
#include "exit_code.h"
#include "report.h"
#include "status.h"

/* What comes beyond it is dropped, which spoils the object. */
#define TEXT_MAX (64 * 1024)

void result_add(struct result *result, const uint8_t *data, size_t len) {
  size_t room = TEXT_MAX - result->len;
  if (len > room) {
    len = room;
  }
  if (len > 0) {
    result->text = xreallocarray(result->text, result->len + len + 1, 1);
    memcpy(result->text + result->len, data, len);
    result->len += len;
    result->text[result->len] = '\0';
  }
}

void result_end(struct result *result, enum result_end end) {
  if (result->end == RESULT_OPEN) {
    result->end = end;
  }
}

static struct status status_of(const struct result *result) {
  return status_parse(result->text != NULL ? result->text : "", result->len);
}

static bool is_object_whole(const struct result *result) {
  struct status status = status_of(result);
  bool whole = status.verdict != STATUS_INCOMPLETE || result->len == TEXT_MAX;
  status_free(&status);
  return whole;
}

bool result_is_known(const struct result *result) {
  if (result->is_plain) {
    /* Silence is success, so it has to be a silence that the server has chosen. */
    return result->end == RESULT_FINISHED || result->end == RESULT_RESET ||
           (result->end == RESULT_CUT && result->len > 0);
  }
  return is_object_whole(result) || result->end == RESULT_FINISHED;
}

static int plain_exit_code(const struct result *result) {
  if (result->len == 0) {
    return EXIT_DONE;
  }
  report("%s", result->text);
  return EXIT_REFUSED;
}

static int status_exit_code(const struct result *result) {
  struct status status = status_of(result);
  int code = EXIT_PROTOCOL;
  switch (status.verdict) {
  case STATUS_SUCCESS:
    code = EXIT_DONE;
    break;
  case STATUS_EXIT_CODE:
    code = status.exit_code;
    break;
  case STATUS_FAILURE:
    report("%s", status.message);
    code = EXIT_REFUSED;
    break;
  case STATUS_INCOMPLETE:
    if (result->len == 0) {
      code = EXIT_DONE; /* ended in order, without a word: nothing went wrong */
    } else {
      report("the server broke the protocol: half a status");
    }
    break;
  case STATUS_INVALID:
    report("the server broke the protocol: bad status: %s", status.message);
    break;
  }
  status_free(&status);
  return code;
}

int result_exit_code(const struct result *result) {
  return result->is_plain ? plain_exit_code(result) : status_exit_code(result);
}

void result_clear(struct result *result) {
  free(result->text);
  result->text = NULL;
}
