#include "tls_identity.h"

#include <errno.h>
#include <string.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>

#include "diagnostic.h"

/* Without it OpenSSL asks on the terminal, where a server has nobody to answer. */
static int on_passphrase(char *buffer, int size, int writing, void *arg)
{
    bool *asked = arg;

    (void)buffer;
    (void)size;
    (void)writing;
    *asked = true;
    return -1;
}

static void describe_error(unsigned long error, char reason[TLS_REASON_SIZE])
{
    const char *text;

    if (ERR_SYSTEM_ERROR(error))
        text = strerror(ERR_GET_REASON(error));
    else
        text = ERR_reason_error_string(error);
    if (text == NULL)
        text = "unknown reason";
    strncpy(reason, text, TLS_REASON_SIZE - 1);
    reason[TLS_REASON_SIZE - 1] = '\0';
}

/* Reports the first error of the queue, which is the cause of the others. */
static bool not_usable(const char *file, const char *purpose, bool passphrase_asked)
{
    char reason[TLS_REASON_SIZE];

    describe_error(ERR_get_error(), reason);
    ERR_clear_error();
    diagnostic("cannot use %s as the %s in PEM form: %s", file, purpose,
               passphrase_asked ? "it is protected by a passphrase" : reason);
    return false;
}

bool tls_load_identity(SSL_CTX *context, const char *key_file, const char *cert_file)
{
    bool passphrase_asked = false;

    SSL_CTX_set_default_passwd_cb(context, on_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &passphrase_asked);
    /* In this order a key that does not belong to the certificate is an error of its own. */
    if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1)
        return not_usable(key_file, "private key", passphrase_asked);
    if (SSL_CTX_use_certificate_chain_file(context, cert_file) != 1)
        return not_usable(cert_file, "certificate", passphrase_asked);
    SSL_CTX_set_default_passwd_cb_userdata(context, NULL); /* files are not read again */
    if (SSL_CTX_check_private_key(context) != 1) {
        ERR_clear_error();
        diagnostic("the private key %s does not belong to the certificate %s", key_file, cert_file);
        return false;
    }
    return true;
}

void tls_set_up_server(SSL_CTX *context)
{
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    /* Compression would leak what it compresses; renegotiation could change who the client is.
     * Peers that vanish without a goodbye are common, and SPDY frames show what is missing. */
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* Idle connections give back their record buffers, some 34 KiB each. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

void tls_failure_reason(struct bufferevent *bev, char reason[TLS_REASON_SIZE])
{
    unsigned long error = bufferevent_get_openssl_error(bev);

    if (error != 0)
        describe_error(error, reason);
    else
        strcpy(reason, "the connection was lost");
}

void tls_say_goodbye(struct bufferevent *bev)
{
    SSL *ssl = bufferevent_openssl_get_ssl(bev);

    if (ssl == NULL)
        return;
    SSL_shutdown(ssl);
    ERR_clear_error();
}
