#include "status.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "../client/xalloc.h"

static bool is(const json_t *text, const char *expected) {
  return json_is_string(text) && strcmp(json_string_value(text), expected) == 0;
}

static struct status invalid(const char *why) {
  return (struct status){.verdict = STATUS_INVALID, .message = xstrdup(why)};
}

/* Decimal, 1 to 255; otherwise -1. 0 would be no failure. */
static int parse_exit_code(const json_t *text) {
  const char *s = json_string_value(text);
  int code = 0;
  if (s == NULL || *s == '\0' || strlen(s) > 3) {
    return -1;
  }
  for (; *s != '\0'; s++) {
    if (*s < '0' || *s > '9') {
      return -1;
    }
    code = code * 10 + (*s - '0');
  }
  return code >= 1 && code <= 255 ? code : -1;
}

static struct status exit_code_of(const json_t *object) {
  const json_t *causes = json_object_get(json_object_get(object, "details"), "causes");
  for (size_t i = 0; i < json_array_size(causes); i++) {
    const json_t *cause = json_array_get(causes, i);
    if (is(json_object_get(cause, "reason"), "ExitCode")) {
      int code = parse_exit_code(json_object_get(cause, "message"));
      return code < 0 ? invalid("an exit code that is not from 1 to 255")
                      : (struct status){.verdict = STATUS_EXIT_CODE, .exit_code = code};
    }
  }
  return invalid("a command that failed, without its exit code");
}

static struct status read_object(const json_t *object) {
  const json_t *status = json_object_get(object, "status");
  if (is(status, "Success")) {
    return (struct status){.verdict = STATUS_SUCCESS};
  }
  if (!is(status, "Failure")) {
    return invalid("neither Success nor Failure");
  }
  if (is(json_object_get(object, "reason"), "NonZeroExitCode")) {
    return exit_code_of(object);
  }
  const char *message = json_string_value(json_object_get(object, "message"));
  return (struct status){
      .verdict = STATUS_FAILURE,
      .message = xstrdup(message != NULL ? message : "the server gave no reason"),
  };
}

struct status status_parse(const char *text, size_t len) {
  json_error_t error;
  json_t *object = json_loadb(text, len, 0, &error);
  struct status status;
  if (object != NULL) {
    status = read_object(object);
  } else if (json_error_code(&error) == json_error_premature_end_of_input || len == 0) {
    status = (struct status){.verdict = STATUS_INCOMPLETE};
  } else {
    status = invalid(error.text);
  }
  json_decref(object);
  return status;
}

void status_free(struct status *status) {
  free(status->message);
  status->message = NULL;
}
