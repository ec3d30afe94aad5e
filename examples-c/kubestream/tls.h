/* TLS by OpenSSL 3. Nothing is negotiated by ALPN: HTTP/1.1 it is, and the upgrade comes later. */
#ifndef KUBESTREAM_TLS_H
#define KUBESTREAM_TLS_H

#include <openssl/ssl.h>

/* From PEM files. NULL after a diagnostic. */
SSL_CTX *tls_new(const char *key_file, const char *cert_file);

#endif
