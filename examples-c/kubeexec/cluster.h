/* The server, and who we are there: put together from a kubeconfig and the command line. */
#ifndef KUBEEXEC_CLUSTER_H
#define KUBEEXEC_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>

/* A PEM text and what to call it in messages; `text` is NULL if there is none. */
struct pem {
  char *text;
  size_t len;
  char *name;
};

struct cluster {
  char *server;     /* a URI */
  char *namespace_name; /* or NULL, like all that follow */
  char *tls_server_name;
  bool insecure; /* the certificate is not verified */
  struct pem authority;
  struct pem certificate;
  struct pem key;
  char *token;
  char *username;
  char *password;
  bool wants_plugin; /* the kubeconfig says to run a program for the credentials */
};

void cluster_free(struct cluster *cluster);

/* Replaces a string or a PEM text. The old value is wiped if it may be secret. */
void cluster_set(char **member, const char *value);

/* False: the user has been told. */
bool pem_read_file(struct pem *pem, const char *path);
bool pem_decode(struct pem *pem, const char *base64, const char *name);

/* A token in a file, without the newline at its end. */
bool token_read_file(char **token, const char *path);

#endif
