#include "tls.h"

#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/tls1.h>
#include <openssl/x509.h>

#include <spdylay/spdylay.h>

#include "../common/diagnostic.h"

/* The NPN extension of draft-agl-tls-nextprotoneg; OpenSSL names it only when built with it. */
#define EXTENSION_NPN 13172

/* Three names of at most eight bytes, each behind its length. */
#define PROTOCOLS_SIZE 32

struct tls {
    SSL_CTX *context;
    /* What we speak, preferred first, as ALPN and NPN want it. */
    unsigned char protocols[PROTOCOLS_SIZE];
    unsigned protocols_length;
};

static bool list_has(const unsigned char *list, size_t length, const unsigned char *name,
                     size_t name_length)
{
    while (length > 0 && list[0] < length) {
        if (list[0] == name_length && memcmp(list + 1, name, name_length) == 0)
            return true;
        length -= (size_t)list[0] + 1;
        list += (size_t)list[0] + 1;
    }
    return false;
}

/* The first of our protocols that the client's list has too, as a length and a name; NULL if it
 * has none. Not SSL_select_next_proto(): the list may come straight from a client's bytes, and that
 * function expects it to be well-formed. */
static const unsigned char *choose(const struct tls *tls, const unsigned char *offered,
                                   size_t length)
{
    const unsigned char *ours = tls->protocols;
    const unsigned char *end = ours + tls->protocols_length;

    for (; ours < end; ours += 1 + ours[0]) {
        if (list_has(offered, length, ours + 1, ours[0]))
            return ours;
    }
    return NULL;
}

/* TLS 1.3 has ALPN only, so a client that relies on NPN is kept at TLS 1.2, where NPN still is. */
static int on_client_hello(SSL *ssl, int *alert, void *arg)
{
    const struct tls *tls = arg;
    const unsigned char *extension;
    size_t length;

    (void)alert;
    if (!SSL_client_hello_get0_ext(ssl, EXTENSION_NPN, &extension, &length))
        return SSL_CLIENT_HELLO_SUCCESS;
    /* The names stand behind the two-byte length of their list. */
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation,
                                  &extension, &length) &&
        length > 2 && choose(tls, extension + 2, length - 2) != NULL)
        return SSL_CLIENT_HELLO_SUCCESS;
    SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    return SSL_CLIENT_HELLO_SUCCESS;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                   const unsigned char *in, unsigned in_length, void *arg)
{
    const unsigned char *chosen = choose(arg, in, in_length);

    if (chosen != NULL) {
        *out = chosen + 1;
        *out_length = chosen[0];
        return SSL_TLSEXT_ERR_OK;
    }
    /* on_client_hello() capped the version only for a client that can still choose by NPN. */
    if (SSL_get_max_proto_version(ssl) == TLS1_2_VERSION)
        return SSL_TLSEXT_ERR_NOACK;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int on_npn_advertise(SSL *ssl, const unsigned char **out, unsigned *out_length, void *arg)
{
    const struct tls *tls = arg;

    (void)ssl;
    *out = tls->protocols;
    *out_length = tls->protocols_length;
    return SSL_TLSEXT_ERR_OK;
}

/* Any certificate will do: the handshake proves that the client holds its key, and the subject goes
 * into the log. A server that grants rights by it must load the authorities that it trusts
 * (SSL_CTX_load_verify_locations) and leave this callback away. */
static int on_verify(int preverified, X509_STORE_CTX *store)
{
    (void)preverified;
    (void)store;
    return 1;
}

static void set_up_protocols(struct tls *tls, unsigned versions)
{
    size_t count;
    const spdylay_npn_proto *known = spdylay_npn_get_proto_list(&count);

    for (size_t i = 0; i < count; i++) {
        if ((versions & VERSION_BIT(known[i].version)) == 0 ||
            tls->protocols_length + 1U + known[i].len > PROTOCOLS_SIZE)
            continue;
        tls->protocols[tls->protocols_length] = known[i].len;
        memcpy(tls->protocols + tls->protocols_length + 1, known[i].proto, known[i].len);
        tls->protocols_length += 1U + known[i].len;
    }
    SSL_CTX_set_client_hello_cb(tls->context, on_client_hello, tls);
    SSL_CTX_set_alpn_select_cb(tls->context, on_alpn, tls);
    SSL_CTX_set_next_protos_advertised_cb(tls->context, on_npn_advertise, tls);
}

static void set_up_context(SSL_CTX *context, const struct options *options)
{
    static const unsigned char session_context[] = "spdyd";

    tls_set_up_server(context);
    /* Tickets resume sessions without memory on our side. */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(context, session_context, sizeof(session_context) - 1);
    if (options->verify_client)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, on_verify);
}

struct tls *tls_new(const struct options *options)
{
    struct tls *tls = calloc(1, sizeof(*tls));

    if (tls != NULL)
        tls->context = SSL_CTX_new(TLS_server_method());
    if (tls == NULL || tls->context == NULL) {
        diagnostic("no memory for TLS");
        tls_free(tls);
        return NULL;
    }
    set_up_context(tls->context, options);
    set_up_protocols(tls, options->versions);
    if (!tls_load_identity(tls->context, options->key_file, options->cert_file)) {
        tls_free(tls);
        return NULL;
    }
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_CTX_free(tls->context);
    free(tls);
}

SSL *tls_new_connection(const struct tls *tls)
{
    return SSL_new(tls->context);
}

uint16_t tls_negotiated_version(const SSL *ssl)
{
    const unsigned char *name;
    unsigned length;

    SSL_get0_alpn_selected(ssl, &name, &length);
    if (length == 0)
        SSL_get0_next_proto_negotiated(ssl, &name, &length);
    return spdylay_npn_get_version(name, length);
}

char *tls_client_subject(const SSL *ssl)
{
    const X509 *certificate = SSL_get0_peer_certificate(ssl);
    BIO *text = certificate != NULL ? BIO_new(BIO_s_mem()) : NULL;
    char *subject = NULL;
    long length;
    char *bytes;

    if (text == NULL)
        return NULL;
    X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    length = BIO_get_mem_data(text, &bytes);
    subject = malloc((size_t)length + 1);
    if (subject != NULL) {
        if (length > 0)
            memcpy(subject, bytes, (size_t)length);
        subject[length] = '\0';
    }
    BIO_free(text);
    return subject;
}

const char *tls_name(struct bufferevent *bev)
{
    const SSL *ssl = bufferevent_openssl_get_ssl(bev);

    return ssl != NULL ? SSL_get_version(ssl) : "TCP";
}
