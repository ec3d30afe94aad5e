/* TLS for a SPDY client: certificate verification, and agreeing on a SPDY version by ALPN or NPN. */
#ifndef SPDYCAT_TLS_H
#define SPDYCAT_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* NULL: `*why` says what is wrong with a file; free() it. */
SSL_CTX *tls_context_new(const struct options *o, char **why);

/* A client's SSL for `host`, which is checked against the certificate and, unless it is an
 * address, sent to the server (SNI). `npn_only` caps the connection at TLS 1.2. NULL: out of memory. */
SSL *tls_client_new(SSL_CTX *ctx, const char *host, bool npn_only);

/* After the handshake: the SPDY version agreed on, or 0. */
uint16_t tls_spdy_version(const SSL *ssl);

/* No version was agreed on, but only because TLS 1.3 has no NPN: the server may speak SPDY yet. */
bool tls_should_retry_with_npn(const struct options *o, const SSL *ssl);

/* One line about the handshake for -v, such as "TLSv1.3 TLS_AES_256_GCM_SHA384, ALPN spdy/3.1". */
void tls_describe(const SSL *ssl, char *buf, size_t size);

/* Is `error`, from bufferevent_get_openssl_error(), about the socket under TLS and not about TLS? */
bool tls_is_socket_error(unsigned long error);

/* Why the handshake or the connection failed; `error` is OpenSSL's code, or 0. */
void tls_describe_failure(const SSL *ssl, unsigned long error, char *buf, size_t size);

#endif
