#include "upgrade.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <http_parser.h>
#include <openssl/evp.h>

#include <spdylay/spdylay.h>

#include "../client/xalloc.h"
#include "status.h"

/* More of a refusal would not be read by anybody. */
#define BODY_MAX (64 * 1024)
#define HEADER_MAX 8192

struct upgrade {
  const struct target *target;
  const char *const *protocols;
  http_parser parser;
  struct evbuffer *name; /* the header being parsed */
  struct evbuffer *value;
  struct evbuffer *body;
  bool value_begun;
  bool says_spdy; /* Upgrade: SPDY/3.1 */
  bool says_upgrade;
  bool complete;
  char *protocol;
  char *reason;
};

/* An evbuffer as a string, valid until it changes. */
static const char *text_of(struct evbuffer *buffer) {
  evbuffer_add(buffer, "", 1);
  return (const char *)evbuffer_pullup(buffer, -1);
}

static bool contains(const char *text, const char *word) {
  size_t len = strlen(word);
  for (; *text != '\0'; text++) {
    if (strncasecmp(text, word, len) == 0) {
      return true;
    }
  }
  return false;
}

static void take_header(struct upgrade *upgrade) {
  const char *name = text_of(upgrade->name);
  const char *value = text_of(upgrade->value);
  if (strcasecmp(name, "Upgrade") == 0) {
    upgrade->says_spdy = contains(value, "SPDY/3.1");
  } else if (strcasecmp(name, "Connection") == 0) {
    upgrade->says_upgrade = contains(value, "Upgrade");
  } else if (strcasecmp(name, "X-Stream-Protocol-Version") == 0) {
    free(upgrade->protocol);
    upgrade->protocol = xstrdup(value);
  }
  evbuffer_drain(upgrade->name, evbuffer_get_length(upgrade->name));
  evbuffer_drain(upgrade->value, evbuffer_get_length(upgrade->value));
  upgrade->value_begun = false;
}

static int on_header_field(http_parser *parser, const char *at, size_t len) {
  struct upgrade *upgrade = parser->data;
  if (upgrade->value_begun) {
    take_header(upgrade);
  }
  evbuffer_add(upgrade->name, at, len);
  return evbuffer_get_length(upgrade->name) > HEADER_MAX;
}

static int on_header_value(http_parser *parser, const char *at, size_t len) {
  struct upgrade *upgrade = parser->data;
  upgrade->value_begun = true;
  evbuffer_add(upgrade->value, at, len);
  return evbuffer_get_length(upgrade->value) > HEADER_MAX;
}

static int on_headers_complete(http_parser *parser) {
  struct upgrade *upgrade = parser->data;
  if (upgrade->value_begun) {
    take_header(upgrade);
  }
  return 0;
}

static int on_body(http_parser *parser, const char *at, size_t len) {
  struct upgrade *upgrade = parser->data;
  size_t room = BODY_MAX - evbuffer_get_length(upgrade->body);
  evbuffer_add(upgrade->body, at, len < room ? len : room);
  return 0;
}

static int on_message_complete(http_parser *parser) {
  struct upgrade *upgrade = parser->data;
  upgrade->complete = true;
  return 0;
}

struct upgrade *upgrade_new(const struct target *target, const char *const *protocols) {
  struct upgrade *upgrade = xcalloc(1, sizeof(*upgrade));
  upgrade->target = target;
  upgrade->protocols = protocols;
  upgrade->name = xcheck(evbuffer_new());
  upgrade->value = xcheck(evbuffer_new());
  upgrade->body = xcheck(evbuffer_new());
  http_parser_init(&upgrade->parser, HTTP_RESPONSE);
  upgrade->parser.data = upgrade;
  return upgrade;
}

void upgrade_free(struct upgrade *upgrade) {
  evbuffer_free(upgrade->name);
  evbuffer_free(upgrade->value);
  evbuffer_free(upgrade->body);
  free(upgrade->protocol);
  free(upgrade->reason);
  free(upgrade);
}

static void write_basic(struct evbuffer *output, const struct cluster *cluster) {
  char *pair = xasprintf("%s:%s", cluster->username,
                         cluster->password != NULL ? cluster->password : "");
  size_t len = strlen(pair);
  unsigned char *encoded = xcalloc(len / 3 * 4 + 5, 1);
  EVP_EncodeBlock(encoded, (const unsigned char *)pair, (int)len);
  evbuffer_add_printf(output, "Authorization: Basic %s\r\n", (const char *)encoded);
  free(encoded);
  free(pair);
}

void upgrade_write_request(const struct upgrade *upgrade, struct evbuffer *output) {
  const struct target *target = upgrade->target;
  const struct cluster *cluster = &target->cluster;
  evbuffer_add_printf(output,
                      "POST %s HTTP/1.1\r\n"
                      "Host: %s\r\n"
                      "User-Agent: kubeexec spdylay/" SPDYLAY_VERSION "\r\n"
                      "Content-Length: 0\r\n"
                      "Connection: Upgrade\r\n"
                      "Upgrade: SPDY/3.1\r\n",
                      target->path, target->uri.authority);
  for (const char *const *protocol = upgrade->protocols; *protocol != NULL; protocol++) {
    evbuffer_add_printf(output, "X-Stream-Protocol-Version: %s\r\n", *protocol);
  }
  /* Like kubectl, no secret without TLS. */
  if (target->tls && cluster->token != NULL) {
    evbuffer_add_printf(output, "Authorization: Bearer %s\r\n", cluster->token);
  } else if (target->tls && cluster->username != NULL) {
    write_basic(output, cluster);
  }
  evbuffer_add_printf(output, "\r\n");
}

static enum upgrade_state invalid(struct upgrade *upgrade, char *reason) {
  free(upgrade->reason);
  upgrade->reason = reason;
  return UPGRADE_INVALID;
}

static enum upgrade_state accept_or_not(struct upgrade *upgrade) {
  if (!upgrade->says_spdy || !upgrade->says_upgrade) {
    return invalid(upgrade, xstrdup("the server changes to something that is not SPDY/3.1"));
  }
  if (upgrade->protocol == NULL) {
    return invalid(upgrade, xstrdup("the server did not choose a stream protocol"));
  }
  for (const char *const *offer = upgrade->protocols; *offer != NULL; offer++) {
    if (strcmp(*offer, upgrade->protocol) == 0) {
      return UPGRADE_ACCEPTED;
    }
  }
  return invalid(upgrade, xasprintf("the server chose a stream protocol that was not offered: %s",
                                    upgrade->protocol));
}

static enum upgrade_state refuse(struct upgrade *upgrade) {
  size_t len = evbuffer_get_length(upgrade->body);
  const char *body = text_of(upgrade->body);
  struct status status = status_parse(body, len);
  bool understood = status.verdict == STATUS_FAILURE;
  free(upgrade->reason);
  upgrade->reason = xasprintf("the server refused (%u): %s", (unsigned)upgrade->parser.status_code,
                              understood ? status.message : body);
  status_free(&status);
  return UPGRADE_REFUSED;
}

static enum upgrade_state parse(struct upgrade *upgrade, const char *data, size_t len,
                                size_t *used) {
  static const http_parser_settings CALLBACKS = {
      .on_header_field = on_header_field,
      .on_header_value = on_header_value,
      .on_headers_complete = on_headers_complete,
      .on_body = on_body,
      .on_message_complete = on_message_complete,
  };
  *used = http_parser_execute(&upgrade->parser, &CALLBACKS, data, len);
  enum http_errno error = HTTP_PARSER_ERRNO(&upgrade->parser);
  if (upgrade->complete) {
    return upgrade->parser.status_code == 101 ? accept_or_not(upgrade) : refuse(upgrade);
  }
  if (error != HPE_OK) {
    return invalid(upgrade,
                   xasprintf("the server's answer is not HTTP: %s", http_errno_description(error)));
  }
  return UPGRADE_WAITING;
}

enum upgrade_state upgrade_read(struct upgrade *upgrade, struct evbuffer *input) {
  enum upgrade_state state = UPGRADE_WAITING;
  size_t len;
  while (state == UPGRADE_WAITING && (len = evbuffer_get_contiguous_space(input)) > 0) {
    size_t used;
    state = parse(upgrade, (const char *)evbuffer_pullup(input, (ev_ssize_t)len), len, &used);
    evbuffer_drain(input, used);
  }
  return state;
}

enum upgrade_state upgrade_read_end(struct upgrade *upgrade) {
  size_t used;
  enum upgrade_state state = parse(upgrade, NULL, 0, &used);
  if (state == UPGRADE_WAITING || state == UPGRADE_INVALID) {
    return invalid(upgrade, xstrdup("the server closed the connection without an answer"));
  }
  return state;
}

const char *upgrade_protocol(const struct upgrade *upgrade) {
  return upgrade->protocol;
}

const char *upgrade_reason(const struct upgrade *upgrade) {
  return upgrade->reason;
}
