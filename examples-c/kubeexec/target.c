#include "target.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "../client/xalloc.h"
#include "exit_code.h"
#include "kubeconfig.h"
#include "report.h"

/* Where kubectl looks when nobody has said where. */
#define DEFAULT_SERVER "http://localhost:8080"

static bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && strchr("-._~", c) != NULL);
}

static void add_encoded(struct evbuffer *out, const char *text) {
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;
    evbuffer_add_printf(out, is_unreserved(c) ? "%c" : "%%%02X", c);
  }
}

static void add_parameter(struct evbuffer *out, char *separator, const char *key,
                          const char *value) {
  evbuffer_add_printf(out, "%c%s=", *separator, key);
  add_encoded(out, value);
  *separator = '&';
}

/* The keys in the order of the alphabet; what is not wanted is absent. A terminal has one output. */
static void add_query(struct evbuffer *out, const struct options *o) {
  char separator = '?';
  for (char **argument = o->arguments; *argument != NULL; argument++) {
    add_parameter(out, &separator, "command", *argument);
  }
  if (o->container != NULL) {
    add_parameter(out, &separator, "container", o->container);
  }
  if (!o->tty) {
    add_parameter(out, &separator, "stderr", "true");
  }
  if (o->use_stdin) {
    add_parameter(out, &separator, "stdin", "true");
  }
  add_parameter(out, &separator, "stdout", "true");
  if (o->tty) {
    add_parameter(out, &separator, "tty", "true");
  }
}

static char *pod_path(const struct target *target, const struct options *o) {
  static const char *const VERBS[] = {
      [COMMAND_EXEC] = "exec",
      [COMMAND_ATTACH] = "attach",
      [COMMAND_PORT_FORWARD] = "portforward",
  };
  const char *namespace_name = target->cluster.namespace_name;
  struct evbuffer *out = xcheck(evbuffer_new());
  /* A server may live below a path of its own, such as that of a proxy. */
  size_t prefix = strlen(target->uri.path);
  while (prefix > 0 && target->uri.path[prefix - 1] == '/') {
    prefix--;
  }
  evbuffer_add(out, target->uri.path, prefix);
  evbuffer_add_printf(out, "/api/v1/namespaces/");
  add_encoded(out, namespace_name != NULL ? namespace_name : "default");
  evbuffer_add_printf(out, "/pods/");
  add_encoded(out, o->pod);
  evbuffer_add_printf(out, "/%s", VERBS[o->command]);
  if (o->command != COMMAND_PORT_FORWARD) {
    add_query(out, o);
  }
  evbuffer_add(out, "", 1);
  char *path = xstrdup((const char *)evbuffer_pullup(out, -1));
  evbuffer_free(out);
  return path;
}

/* The options go before the kubeconfig. */
static bool override(struct cluster *cluster, const struct options *o) {
  if (o->server != NULL) {
    cluster_set(&cluster->server, o->server);
  }
  if (o->namespace_name != NULL) {
    cluster_set(&cluster->namespace_name, o->namespace_name);
  }
  if (o->token != NULL) {
    cluster_set(&cluster->token, o->token);
  }
  cluster->insecure = cluster->insecure || o->insecure;
  return (o->authority == NULL || pem_read_file(&cluster->authority, o->authority)) &&
         (o->certificate == NULL || pem_read_file(&cluster->certificate, o->certificate)) &&
         (o->key == NULL || pem_read_file(&cluster->key, o->key));
}

/* A line break in it would be another header. */
static bool is_sendable(const char *token) {
  for (; token != NULL && *token != '\0'; token++) {
    if (*token <= 0x20 || *token >= 0x7f) {
      report("the token has characters in it that a header cannot hold");
      return false;
    }
  }
  return true;
}

/* A streaming URL is a credential of its own; who we are to the API server is none of the
 * runtime's business. */
static bool read_cluster(struct cluster *cluster, const struct options *o) {
  if (o->url != NULL) {
    return override(cluster, o);
  }
  if (!kubeconfig_read(cluster, o->kubeconfig, o->context) || !override(cluster, o)) {
    return false;
  }
  if (cluster->wants_plugin && cluster->token == NULL && cluster->certificate.text == NULL) {
    report("the kubeconfig asks for a credential plug-in, which is not supported: give --token");
    return false;
  }
  return true;
}

static int find(struct target *target, const struct options *o) {
  struct cluster *cluster = &target->cluster;
  if (!read_cluster(cluster, o)) {
    return EXIT_CONFIG;
  }
  if (!is_sendable(cluster->token)) {
    return o->token != NULL ? EXIT_USAGE : EXIT_CONFIG;
  }
  const char *why;
  const char *text = o->url != NULL            ? o->url
                     : cluster->server != NULL ? cluster->server
                                               : DEFAULT_SERVER;
  if (!uri_parse(&target->uri, text, &why)) {
    report("%s: %s", text, why);
    return o->url != NULL || o->server != NULL ? EXIT_USAGE : EXIT_CONFIG;
  }
  target->tls = strcmp(target->uri.scheme, "https") == 0;
  target->path = o->url != NULL ? xstrdup(target->uri.path) : pod_path(target, o);
  if (o->token != NULL && !target->tls) {
    report("a token is not sent without TLS: anybody on the way could read it");
    return EXIT_USAGE;
  }
  return EXIT_DONE;
}

int target_find(struct target *target, const struct options *o) {
  *target = (struct target){0};
  int code = find(target, o);
  if (code != EXIT_DONE) {
    target_free(target);
  }
  return code;
}

void target_free(struct target *target) {
  uri_free(&target->uri);
  free(target->path);
  cluster_free(&target->cluster);
}
