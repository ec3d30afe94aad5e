/* TLS by OpenSSL 3: the choice of the SPDY version by ALPN or NPN, client certificates. */
#ifndef SPDYD_TLS_H
#define SPDYD_TLS_H

#include <stdint.h>

#include <openssl/ssl.h>

#include "../common/tls_identity.h"
#include "options.h"

struct bufferevent;
struct tls;

/* NULL after a diagnostic. */
struct tls *tls_new(const struct options *options);
void tls_free(struct tls *tls);

SSL *tls_new_connection(const struct tls *tls);

/* After the handshake: the spdylay_proto_version agreed on, 0 if none. */
uint16_t tls_negotiated_version(const SSL *ssl);

/* The subject of the client's certificate in the form of RFC 2253, to be freed; NULL if it sent
 * none. Control characters in it are escaped. */
char *tls_client_subject(const SSL *ssl);

/* The version of TLS in use, or "TCP". */
const char *tls_name(struct bufferevent *bev);

#endif
