#include "tls.h"

#include <stdbool.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "../client/tls_host.h"
#include "report.h"

static BIO *bio_of(const struct pem *pem) {
  return BIO_new_mem_buf(pem->text, (int)pem->len);
}

/* Trusts the certificates of the text, and no others. */
static bool load_authority(SSL_CTX *ctx, const struct pem *pem) {
  BIO *bio = bio_of(pem);
  X509_STORE *store = SSL_CTX_get_cert_store(ctx);
  X509 *certificate;
  int count = 0;
  while ((certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL)) != NULL) {
    count += X509_STORE_add_cert(store, certificate);
    X509_free(certificate);
  }
  BIO_free(bio);
  return count > 0;
}

static bool load_certificate(SSL_CTX *ctx, const struct pem *pem) {
  BIO *bio = bio_of(pem);
  X509 *certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
  bool ok = certificate != NULL && SSL_CTX_use_certificate(ctx, certificate) == 1;
  X509_free(certificate);
  while (ok && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
    ok = SSL_CTX_add0_chain_cert(ctx, certificate) == 1;
    if (!ok) {
      X509_free(certificate);
    }
  }
  BIO_free(bio);
  return ok;
}

/* An encrypted key would ask on the terminal for its password; nobody may be there. */
static int no_password(char *buf, int size, int writing, void *arg) {
  (void)buf;
  (void)size;
  (void)writing;
  (void)arg;
  return -1;
}

static bool load_key(SSL_CTX *ctx, const struct pem *pem) {
  BIO *bio = bio_of(pem);
  EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
  bool ok = key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
            SSL_CTX_check_private_key(ctx) == 1;
  EVP_PKEY_free(key);
  BIO_free(bio);
  return ok;
}

/* True if there is nothing to load, or it was loaded. */
static bool load(SSL_CTX *ctx, const struct pem *pem,
                 bool (*loader)(SSL_CTX *ctx, const struct pem *pem)) {
  if (pem->text == NULL || loader(ctx, pem)) {
    ERR_clear_error(); /* the end of a PEM text is an error to OpenSSL */
    return true;
  }
  report("%s: cannot be used", pem->name);
  return false;
}

SSL_CTX *tls_context_new(const struct cluster *cluster) {
  SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
  if (ctx == NULL) {
    report("OpenSSL could not be set up");
    return NULL;
  }
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_verify(ctx, cluster->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
  if (cluster->authority.text == NULL) {
    SSL_CTX_set_default_verify_paths(ctx);
  }
  if (!load(ctx, &cluster->authority, load_authority) ||
      !load(ctx, &cluster->certificate, load_certificate) ||
      !load(ctx, &cluster->key, load_key)) {
    SSL_CTX_free(ctx);
    return NULL;
  }
  /* The streams say themselves whether they are complete. */
  SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
  return ctx;
}

SSL *tls_client_new(SSL_CTX *ctx, const struct cluster *cluster, const char *host) {
  const char *name = cluster->tls_server_name != NULL ? cluster->tls_server_name : host;
  SSL *ssl = SSL_new(ctx);
  if (ssl != NULL && !tls_expect_host(ssl, name)) {
    SSL_free(ssl);
    ssl = NULL;
  }
  return ssl;
}

void tls_describe_failure(const SSL *ssl, unsigned long error, char *buf, size_t size) {
  long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK && (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER)) {
    snprintf(buf, size, "the server's certificate was not accepted: %s",
             X509_verify_cert_error_string(verdict));
    return;
  }
  const char *reason = ERR_reason_error_string(error);
  snprintf(buf, size, "TLS failed: %s",
           reason != NULL ? reason : "connection closed by the server");
}
