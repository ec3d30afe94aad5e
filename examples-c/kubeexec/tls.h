/* TLS to the server, with what the cluster says of certificates. */
#ifndef KUBEEXEC_TLS_H
#define KUBEEXEC_TLS_H

#include <openssl/ssl.h>
#include <stddef.h>

#include "cluster.h"

/* NULL: the user has been told. */
SSL_CTX *tls_context_new(const struct cluster *cluster);

/* A client's SSL for `host`, or the name the cluster says instead. NULL: it cannot be a name. */
SSL *tls_client_new(SSL_CTX *ctx, const struct cluster *cluster, const char *host);

/* Why the handshake failed; `error` is OpenSSL's code, or 0. */
void tls_describe_failure(const SSL *ssl, unsigned long error, char *buf, size_t size);

#endif
