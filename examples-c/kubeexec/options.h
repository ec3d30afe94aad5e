/* The command line. */
#ifndef KUBEEXEC_OPTIONS_H
#define KUBEEXEC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command {
  COMMAND_EXEC,
  COMMAND_ATTACH,
  COMMAND_PORT_FORWARD,
};

struct forwarded_port {
  uint16_t local; /* 0: any that is free */
  uint16_t remote;
};

struct options {
  enum command command;
  const char *pod; /* NULL with a URL */
  const char *container;
  char **arguments; /* of exec, ended by NULL */
  bool use_stdin;
  bool tty;
  struct forwarded_port *ports;
  size_t port_count;
  const char *address; /* to listen on */
  const char *url;
  unsigned timeout; /* seconds for each answer of the server */
  unsigned silence; /* seconds that the server may say nothing at all */

  /* About the API server; NULL: what the kubeconfig says. */
  const char *kubeconfig;
  const char *context;
  const char *namespace_name;
  const char *server;
  const char *token;
  const char *authority;
  const char *certificate;
  const char *key;
  bool insecure;
};

enum options_verdict {
  OPTIONS_RUN,
  OPTIONS_HELP,
  OPTIONS_VERSION,
  OPTIONS_WRONG, /* the user has been told */
};

enum options_verdict options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);

#endif
