/* What every TLS server needs, with OpenSSL 3: a key and its certificate, settings of today, and
 * words for what went wrong. */
#ifndef COMMON_TLS_IDENTITY_H
#define COMMON_TLS_IDENTITY_H

#include <stdbool.h>

#include <openssl/ssl.h>

struct bufferevent;

void tls_set_up_server(SSL_CTX *context);

/* Loads PEM files; the certificate may be followed by its chain. False after a diagnostic. */
bool tls_load_identity(SSL_CTX *context, const char *key_file, const char *cert_file);

#define TLS_REASON_SIZE 160

/* Why the bufferevent reported an error. */
void tls_failure_reason(struct bufferevent *bev, char reason[TLS_REASON_SIZE]);

/* Sends the alert that tells an orderly end from a cut connection. Nothing for plain TCP. */
void tls_say_goodbye(struct bufferevent *bev);

#endif
