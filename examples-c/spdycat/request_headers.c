#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spdylay/spdylay.h>

#include "../client/xalloc.h"
#include "client.h"
#include "request.h"
#include "upload.h"

#define USER_AGENT "spdycat spdylay/" SPDYLAY_VERSION

const char **request_headers(struct request *request) {
  const struct options *o = request->client->options;
  const struct upload *upload = request->client->upload;
  int64_t upload_bytes = upload == NULL ? -1 : upload_size(upload);
  snprintf(request->content_length, sizeof(request->content_length), "%lld",
           (long long)upload_bytes);

  const char *const defaults[][2] = {
      {":method", request_method(request->client)},
      {":scheme", request->uri.scheme},
      {":host", request->uri.authority},
      {":path", request->uri.path},
      {":version", "HTTP/1.1"},
      {"accept", "*/*"},
      {"accept-encoding", "gzip, deflate"},
      {"user-agent", USER_AGENT},
      {"content-length", upload_bytes < 0 ? NULL : request->content_length},
  };
  const size_t default_count = sizeof(defaults) / sizeof(defaults[0]);

  const char **nv = xcalloc(2 * (default_count + o->header_count) + 1, sizeof(*nv));
  size_t n = 0;
  for (size_t i = 0; i < default_count; i++) {
    bool overridden = !request->is_foreign && options_override(o, defaults[i][0]);
    if (defaults[i][1] != NULL && !overridden) {
      nv[n++] = defaults[i][0];
      nv[n++] = defaults[i][1];
    }
  }
  /* -H may hold passwords and cookies, which are for the origins that the user has named. */
  size_t own_count = request->is_foreign ? 0 : o->header_count;
  for (size_t i = 0; i < own_count; i++) {
    /* An empty value has already done its work, which is to take a default away. */
    if (o->headers[i].value[0] != '\0') {
      nv[n++] = o->headers[i].name;
      nv[n++] = o->headers[i].value;
    }
  }
  nv[n] = NULL;
  return nv;
}
