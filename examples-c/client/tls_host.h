/* Who a TLS client expects to talk to. */
#ifndef CLIENT_TLS_HOST_H
#define CLIENT_TLS_HOST_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* Has the certificate checked against `host`, a name or an address, and sends a name to the server
 * (SNI). False: OpenSSL cannot take it. */
bool tls_expect_host(SSL *ssl, const char *host);

#endif
