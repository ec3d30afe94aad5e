#include "opening.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>

#include "../client/dial.h"
#include "../client/xalloc.h"
#include "client.h"
#include "exit_code.h"
#include "report.h"
#include "tls.h"
#include "upgrade.h"

enum stage {
  STAGE_DIAL,
  STAGE_TLS,
  STAGE_UPGRADE,
};

struct opening {
  struct client *client;
  opening_done done;
  void *arg;
  enum stage stage;
  struct resolver *resolver;
  struct dial *dial; /* STAGE_DIAL */
  struct bufferevent *bev;
  SSL *ssl;
  struct upgrade *upgrade;
  struct event *timer;
};

static void on_timeout(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  static const char *const DOING[] = {
      [STAGE_DIAL] = "connecting",
      [STAGE_TLS] = "in the TLS handshake",
      [STAGE_UPGRADE] = "waiting for the answer to the request",
  };
  struct opening *opening = arg;
  report("%s: timed out %s", opening->client->target->uri.authority, DOING[opening->stage]);
  client_end(opening->client, EXIT_TIMEOUT);
}

/* Each stage has the whole time to itself. */
static void enter(struct opening *opening, enum stage stage) {
  const struct timeval patience = {.tv_sec = opening->client->options->timeout};
  opening->stage = stage;
  evtimer_add(opening->timer, &patience);
}

static void fail(struct opening *opening, int exit_code, const char *reason) {
  report("%s: %s", opening->client->target->uri.authority, reason);
  bufferevent_disable(opening->bev, EV_READ | EV_WRITE);
  client_end(opening->client, exit_code);
}

static void judge(struct opening *opening, enum upgrade_state state) {
  struct bufferevent *bev = opening->bev;
  switch (state) {
  case UPGRADE_WAITING:
    break;
  case UPGRADE_ACCEPTED:
    opening->bev = NULL; /* not ours any more */
    opening->done(opening->arg, bev, opening->ssl, upgrade_protocol(opening->upgrade));
    break;
  case UPGRADE_REFUSED:
    fail(opening, EXIT_REFUSED, upgrade_reason(opening->upgrade));
    break;
  case UPGRADE_INVALID:
    fail(opening, EXIT_PROTOCOL, upgrade_reason(opening->upgrade));
    break;
  }
}

static void on_read(struct bufferevent *bev, void *arg) {
  struct opening *opening = arg;
  judge(opening, upgrade_read(opening->upgrade, bufferevent_get_input(bev)));
}

static void start_upgrade(struct opening *opening) {
  enter(opening, STAGE_UPGRADE);
  upgrade_write_request(opening->upgrade, bufferevent_get_output(opening->bev));
}

static void on_tls_failure(struct opening *opening, const char *socket_problem) {
  char reason[300];
  unsigned long error = bufferevent_get_openssl_error(opening->bev);
  if (ERR_GET_LIB(error) != ERR_LIB_SSL && socket_problem != NULL) {
    fail(opening, EXIT_UNAVAILABLE, socket_problem);
    return;
  }
  tls_describe_failure(opening->ssl, error, reason, sizeof(reason));
  fail(opening, EXIT_UNAVAILABLE, reason);
}

static void on_event(struct bufferevent *bev, short what, void *arg) {
  struct opening *opening = arg;
  int error = EVUTIL_SOCKET_ERROR();
  const char *socket_problem = (what & BEV_EVENT_ERROR) && error != 0 ? strerror(error) : NULL;
  if (what & BEV_EVENT_CONNECTED) {
    start_upgrade(opening);
  } else if (opening->stage == STAGE_TLS) {
    on_tls_failure(opening, socket_problem);
  } else if (opening->ssl != NULL && bufferevent_get_openssl_error(bev) != 0) {
    on_tls_failure(opening, socket_problem); /* TLS 1.3 refuses our certificate this late */
  } else {
    enum upgrade_state state = upgrade_read(opening->upgrade, bufferevent_get_input(bev));
    judge(opening, state != UPGRADE_WAITING ? state : upgrade_read_end(opening->upgrade));
  }
  ERR_clear_error();
}

static void start_tls(struct opening *opening, int fd) {
  struct client *client = opening->client;
  opening->ssl = tls_client_new(client->tls, &client->target->cluster, client->target->uri.host);
  if (opening->ssl == NULL) {
    close(fd);
    report("%s: TLS could not be set up for this name", client->target->uri.host);
    client_end(client, EXIT_CONFIG);
    return;
  }
  enter(opening, STAGE_TLS);
  opening->bev = xcheck(bufferevent_openssl_socket_new(
      client->base, fd, opening->ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE));
  bufferevent_openssl_set_allow_dirty_shutdown(opening->bev, 1);
}

static void on_dialed(const struct dial_result *result, void *arg) {
  struct opening *opening = arg;
  struct client *client = opening->client;
  opening->dial = NULL;
  if (result->outcome != DIAL_CONNECTED) {
    bool resolved = result->outcome != DIAL_NOT_RESOLVED;
    report("%s", result->reason);
    client_end(client, resolved ? EXIT_UNAVAILABLE : EXIT_NO_HOST);
    return;
  }
  if (client->tls != NULL) {
    start_tls(opening, result->fd);
  } else {
    opening->bev =
        xcheck(bufferevent_socket_new(client->base, result->fd, BEV_OPT_CLOSE_ON_FREE));
    start_upgrade(opening);
  }
  if (opening->bev != NULL) {
    bufferevent_setcb(opening->bev, on_read, NULL, on_event, opening);
    bufferevent_enable(opening->bev, EV_READ | EV_WRITE);
  }
}

struct opening *opening_start(struct client *client, const char *const *protocols,
                              opening_done done, void *arg) {
  const struct uri *uri = &client->target->uri;
  struct opening *opening = xcalloc(1, sizeof(*opening));
  opening->client = client;
  opening->done = done;
  opening->arg = arg;
  opening->upgrade = upgrade_new(client->target, protocols);
  opening->timer = xcheck(evtimer_new(client->base, on_timeout, opening));
  enter(opening, STAGE_DIAL);
  opening->resolver = xcheck(resolver_new(client->base));
  opening->dial =
      dial_start(client->base, opening->resolver, uri->host, uri->port, on_dialed, opening);
  return opening;
}

void opening_free(struct opening *opening) {
  if (opening == NULL) {
    return;
  }
  if (opening->dial != NULL) {
    dial_cancel(opening->dial);
  }
  resolver_free(opening->resolver);
  if (opening->bev != NULL) {
    bufferevent_free(opening->bev);
  }
  upgrade_free(opening->upgrade);
  event_free(opening->timer);
  free(opening);
}
