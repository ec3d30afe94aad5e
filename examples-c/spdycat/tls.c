#define _POSIX_C_SOURCE 200809L

#include "tls.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include <spdylay/spdylay.h>

#include "../client/tls_host.h"
#include "../client/xalloc.h"

/* A wire-format protocol list: length-prefixed names. */
struct protocol_list {
  unsigned char bytes[64];
  unsigned len;
};

static struct protocol_list offered_protocols(uint16_t only_version) {
  struct protocol_list list = {.len = 0};
  size_t count;
  const spdylay_npn_proto *protos = spdylay_npn_get_proto_list(&count);
  for (size_t i = 0; i < count; i++) {
    bool wanted = only_version == 0 || only_version == protos[i].version;
    if (wanted && list.len + 1 + protos[i].len <= sizeof(list.bytes)) {
      list.bytes[list.len] = protos[i].len;
      memcpy(list.bytes + list.len + 1, protos[i].proto, protos[i].len);
      list.len += 1u + protos[i].len;
    }
  }
  return list;
}

/* NPN turns ALPN around: the server lists what it knows, the client chooses. Without an overlap the
 * client must still name something; http/1.1 ends in tls_spdy_version() returning 0. */
static int on_npn_offer(SSL *ssl, unsigned char **out, unsigned char *out_len,
                        const unsigned char *in, unsigned in_len, void *arg) {
  (void)ssl;
  const struct options *o = arg;
  bool found;
  if (o->version == 0) {
    found = spdylay_select_next_protocol(out, out_len, in, in_len) > 0;
  } else {
    const struct protocol_list wanted = offered_protocols(o->version);
    found = SSL_select_next_proto(out, out_len, in, in_len, wanted.bytes, wanted.len) ==
            OPENSSL_NPN_NEGOTIATED;
  }
  if (!found) {
    static unsigned char fallback[] = "http/1.1";
    *out = fallback;
    *out_len = sizeof(fallback) - 1;
  }
  return SSL_TLSEXT_ERR_OK;
}

/* NULL: OpenSSL has no text for it. */
static const char *error_text(unsigned long error) {
  return ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error)) : ERR_reason_error_string(error);
}

/* The first error that OpenSSL queued is the cause, such as a missing file; the later ones only say
 * what could not be done because of it. */
static char *file_problem(const char *file) {
  const char *reason = error_text(ERR_peek_error());
  return xasprintf("%s: %s", file, reason != NULL ? reason : "cannot be used");
}

static bool load_client_certificate(SSL_CTX *ctx, const struct options *o, char **why) {
  const char *key = o->key != NULL ? o->key : o->cert;
  if (SSL_CTX_use_certificate_chain_file(ctx, o->cert) != 1) {
    *why = file_problem(o->cert);
    return false;
  }
  if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(ctx) != 1) {
    *why = file_problem(key);
    return false;
  }
  return true;
}

SSL_CTX *tls_context_new(const struct options *o, char **why) {
  SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
  if (ctx == NULL) {
    *why = xstrdup("OpenSSL could not be set up");
    return NULL;
  }

  SSL_CTX_set_verify(ctx, o->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
  if (o->cafile != NULL) {
    if (SSL_CTX_load_verify_file(ctx, o->cafile) != 1) {
      *why = file_problem(o->cafile);
      SSL_CTX_free(ctx);
      return NULL;
    }
  } else {
    SSL_CTX_set_default_verify_paths(ctx);
  }
  if (o->cert != NULL && !load_client_certificate(ctx, o, why)) {
    SSL_CTX_free(ctx);
    return NULL;
  }

  if (o->offer != OFFER_NPN) {
    const struct protocol_list list = offered_protocols(o->version);
    SSL_CTX_set_alpn_protos(ctx, list.bytes, list.len);
  }
  if (o->offer != OFFER_ALPN) {
    SSL_CTX_set_next_proto_select_cb(ctx, on_npn_offer, (void *)o);
  }
  if (o->offer == OFFER_NPN) {
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  }
  /* A SPDY stream says itself where it ends, so a connection cut off without TLS's own farewell
   * cannot pass for a complete response. */
  SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
  return ctx;
}

SSL *tls_client_new(SSL_CTX *ctx, const char *host, bool npn_only) {
  SSL *ssl = SSL_new(ctx);
  if (ssl == NULL) {
    return NULL;
  }
  bool ok = tls_expect_host(ssl, host);
  if (npn_only) {
    ok = ok && SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
  }
  if (!ok) {
    SSL_free(ssl);
    return NULL;
  }
  return ssl;
}

/* The name agreed on and the extension that did it; `*len` is 0 if there is none. */
static const char *negotiated(const SSL *ssl, const unsigned char **name, unsigned *len) {
  SSL_get0_alpn_selected(ssl, name, len);
  if (*len > 0) {
    return "ALPN";
  }
  SSL_get0_next_proto_negotiated(ssl, name, len);
  return "NPN";
}

uint16_t tls_spdy_version(const SSL *ssl) {
  const unsigned char *name;
  unsigned len;
  negotiated(ssl, &name, &len);
  return len > 0 ? spdylay_npn_get_version(name, len) : 0;
}

bool tls_should_retry_with_npn(const struct options *o, const SSL *ssl) {
  return o->offer == OFFER_ALPN_AND_NPN && SSL_version(ssl) >= TLS1_3_VERSION;
}

void tls_describe(const SSL *ssl, char *buf, size_t size) {
  const unsigned char *name;
  unsigned len;
  const char *extension = negotiated(ssl, &name, &len);
  snprintf(buf, size, "%s %s, %s", SSL_get_version(ssl), SSL_get_cipher_name(ssl),
           len == 0 ? "no protocol negotiated" : extension);
  size_t used = strlen(buf);
  if (len > 0) {
    snprintf(buf + used, size - used, " %.*s", (int)len, (const char *)name);
  }
}

bool tls_is_socket_error(unsigned long error) {
  /* libevent mixes results of SSL_get_error() into its list of error codes. */
  return error == 0 || error == SSL_ERROR_SYSCALL || ERR_SYSTEM_ERROR(error);
}

void tls_describe_failure(const SSL *ssl, unsigned long error, char *buf, size_t size) {
  long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK && (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER)) {
    snprintf(buf, size,
             "the server's certificate was not accepted: %s "
             "(--cafile names another authority, -k skips the check)",
             X509_verify_cert_error_string(verdict));
    return;
  }
  if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
    switch (ERR_GET_REASON(error)) {
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
      snprintf(buf, size, "the server does not speak the SPDY version asked for");
      return;
    case SSL_R_WRONG_VERSION_NUMBER:
      snprintf(buf, size, "the server does not speak TLS (--no-tls connects without)");
      return;
    default:
      break;
    }
  }
  const char *reason = error_text(error);
  snprintf(buf, size, "TLS failed: %s", reason != NULL ? reason : "connection closed by the server");
}
