#define _POSIX_C_SOURCE 200809L

#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../client/xalloc.h"
#include "report.h"

/* kubectl's patience for a stream to be answered. */
#define DEFAULT_TIMEOUT 30
#define DEFAULT_SILENCE 300
#define MAX_SECONDS (24 * 60 * 60)

enum long_only {
  OPT_KUBECONFIG = 256,
  OPT_CONTEXT,
  OPT_TOKEN,
  OPT_AUTHORITY,
  OPT_CERTIFICATE,
  OPT_KEY,
  OPT_INSECURE,
  OPT_URL,
  OPT_ADDRESS,
  OPT_TIMEOUT,
  OPT_SILENCE,
  OPT_VERSION,
};

static const char SHORT_OPTIONS[] = "itc:n:s:h";

static const struct option LONG_OPTIONS[] = {
    {"stdin", no_argument, NULL, 'i'},
    {"tty", no_argument, NULL, 't'},
    {"container", required_argument, NULL, 'c'},
    {"namespace", required_argument, NULL, 'n'},
    {"server", required_argument, NULL, 's'},
    {"kubeconfig", required_argument, NULL, OPT_KUBECONFIG},
    {"context", required_argument, NULL, OPT_CONTEXT},
    {"token", required_argument, NULL, OPT_TOKEN},
    {"certificate-authority", required_argument, NULL, OPT_AUTHORITY},
    {"client-certificate", required_argument, NULL, OPT_CERTIFICATE},
    {"client-key", required_argument, NULL, OPT_KEY},
    {"insecure-skip-tls-verify", no_argument, NULL, OPT_INSECURE},
    {"url", required_argument, NULL, OPT_URL},
    {"address", required_argument, NULL, OPT_ADDRESS},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"silence", required_argument, NULL, OPT_SILENCE},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

/* `len` decimal digits of a value up to `max`, and nothing else. */
static bool parse_number(const char *text, size_t len, unsigned max, unsigned *value) {
  *value = 0;
  if (len == 0 || len > 8) {
    return false;
  }
  for (size_t i = 0; i < len; i++) {
    if (text[i] < '0' || text[i] > '9') {
      return false;
    }
    *value = *value * 10 + (unsigned)(text[i] - '0');
  }
  return *value <= max;
}

static bool parse_seconds(const char *name, unsigned *seconds) {
  if (parse_number(optarg, strlen(optarg), MAX_SECONDS, seconds) && *seconds > 0) {
    return true;
  }
  report("%s: \"%s\" is not a number of seconds", name, optarg);
  return false;
}

/* LOCAL:REMOTE, :REMOTE, or one port for both. */
static bool parse_port(const char *text, struct forwarded_port *port) {
  const char *colon = strchr(text, ':');
  const char *remote_text = colon != NULL ? colon + 1 : text;
  unsigned local = 0;
  unsigned remote;
  if (!parse_number(remote_text, strlen(remote_text), UINT16_MAX, &remote) || remote == 0) {
    return false;
  }
  if (colon == NULL) {
    local = remote;
  } else if (colon != text && !parse_number(text, (size_t)(colon - text), UINT16_MAX, &local)) {
    return false;
  }
  *port = (struct forwarded_port){.local = (uint16_t)local, .remote = (uint16_t)remote};
  return true;
}

/* One option from getopt_long. False: wrong, and the user has been told. */
static bool parse_option(struct options *o, int c) {
  switch (c) {
  case 'i': o->use_stdin = true; return true;
  case 't': o->tty = true; return true;
  case 'c': o->container = optarg; return true;
  case 'n': o->namespace_name = optarg; return true;
  case 's': o->server = optarg; return true;
  case OPT_KUBECONFIG: o->kubeconfig = optarg; return true;
  case OPT_CONTEXT: o->context = optarg; return true;
  case OPT_TOKEN: o->token = optarg; return true;
  case OPT_AUTHORITY: o->authority = optarg; return true;
  case OPT_CERTIFICATE: o->certificate = optarg; return true;
  case OPT_KEY: o->key = optarg; return true;
  case OPT_INSECURE: o->insecure = true; return true;
  case OPT_URL: o->url = optarg; return true;
  case OPT_ADDRESS: o->address = optarg; return true;
  case OPT_TIMEOUT: return parse_seconds("--timeout", &o->timeout);
  case OPT_SILENCE: return parse_seconds("--silence", &o->silence);
  default: return false; /* getopt_long has told the user */
  }
}

static bool parse_command(struct options *o, const char *name) {
  static const struct {
    const char *name;
    enum command command;
  } COMMANDS[] = {
      {"exec", COMMAND_EXEC},
      {"attach", COMMAND_ATTACH},
      {"port-forward", COMMAND_PORT_FORWARD},
  };
  for (size_t i = 0; name != NULL && i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++) {
    if (strcmp(name, COMMANDS[i].name) == 0) {
      o->command = COMMANDS[i].command;
      return true;
    }
  }
  report("expected exec, attach or port-forward");
  return false;
}

/* "pod/NAME" is what other tools print. */
static const char *pod_name(const char *text) {
  if (strncmp(text, "pod/", 4) == 0) {
    return text + 4;
  }
  return strncmp(text, "pods/", 5) == 0 ? text + 5 : text;
}

static bool parse_ports(struct options *o, char **words, size_t count) {
  o->ports = xcalloc(count + 1, sizeof(*o->ports));
  o->port_count = count;
  for (size_t i = 0; i < count; i++) {
    if (!parse_port(words[i], &o->ports[i])) {
      report("\"%s\" is not LOCAL:REMOTE", words[i]);
      return false;
    }
  }
  return true;
}

/* What is left when options and command are taken away. */
static bool parse_words(struct options *o, char **words, size_t count) {
  if (o->url == NULL) {
    if (count == 0) {
      report("which pod?");
      return false;
    }
    o->pod = pod_name(words[0]);
    words++;
    count--;
  }
  if (o->command == COMMAND_PORT_FORWARD) {
    return parse_ports(o, words, count);
  }
  if (count > 0) {
    report("unexpected \"%s\": a command goes behind --", words[0]);
    return false;
  }
  return true;
}

/* The first contradiction, or NULL. */
static const char *contradiction(const struct options *o) {
  bool has_arguments = o->arguments[0] != NULL;
  bool forwards = o->command == COMMAND_PORT_FORWARD;
  if (o->url != NULL && (o->server != NULL || has_arguments)) {
    return "--url excludes --server and a command: the URL stands for both";
  }
  if (o->command == COMMAND_EXEC && o->url == NULL && !has_arguments) {
    return "which command? It goes behind --";
  }
  if (o->command != COMMAND_EXEC && has_arguments) {
    return "only exec takes a command";
  }
  if (forwards && o->port_count == 0) {
    return "which ports?";
  }
  if (forwards && (o->use_stdin || o->tty || o->container != NULL)) {
    return "-i, -t and -c are for exec and attach";
  }
  if ((o->certificate == NULL) != (o->key == NULL)) {
    return "--client-certificate and --client-key go together";
  }
  return NULL;
}

enum options_verdict options_parse(struct options *o, int argc, char **argv) {
  *o = (struct options){
      .timeout = DEFAULT_TIMEOUT, .silence = DEFAULT_SILENCE, .address = "127.0.0.1"};
  /* getopt_long() moves words around, so the command to run is taken away first. */
  int own = 0;
  while (own < argc && strcmp(argv[own], "--") != 0) {
    own++;
  }
  o->arguments = argv + own + (own < argc);

  static char name[] = "kubeexec"; /* getopt_long() begins its messages with this */
  if (argc > 0) {
    argv[0] = name;
  }
  int c;
  while ((c = getopt_long(own, argv, SHORT_OPTIONS, LONG_OPTIONS, NULL)) != -1) {
    if (c == 'h') {
      return OPTIONS_HELP;
    }
    if (c == OPT_VERSION) {
      return OPTIONS_VERSION;
    }
    if (!parse_option(o, c)) {
      return OPTIONS_WRONG;
    }
  }
  if (!parse_command(o, optind < own ? argv[optind] : NULL) ||
      !parse_words(o, argv + optind + 1, (size_t)(own - optind - 1))) {
    return OPTIONS_WRONG;
  }
  const char *why = contradiction(o);
  if (why != NULL) {
    report("%s", why);
    return OPTIONS_WRONG;
  }
  return OPTIONS_RUN;
}

void options_free(struct options *o) {
  free(o->ports);
}
