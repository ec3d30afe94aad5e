#define _POSIX_C_SOURCE 200809L

#include "cluster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "../client/xalloc.h"
#include "report.h"

/* No certificate chain or token comes near this. */
#define FILE_MAX (1024 * 1024)

static void wipe(char *text) {
  if (text != NULL) {
    OPENSSL_cleanse(text, strlen(text));
    free(text);
  }
}

static void pem_clear(struct pem *pem) {
  if (pem->text != NULL) {
    OPENSSL_cleanse(pem->text, pem->len);
  }
  free(pem->text);
  free(pem->name);
  *pem = (struct pem){0};
}

void cluster_free(struct cluster *cluster) {
  free(cluster->server);
  free(cluster->namespace_name);
  free(cluster->tls_server_name);
  pem_clear(&cluster->authority);
  pem_clear(&cluster->certificate);
  pem_clear(&cluster->key);
  wipe(cluster->token);
  wipe(cluster->username);
  wipe(cluster->password);
}

void cluster_set(char **member, const char *value) {
  wipe(*member);
  *member = xstrdup(value);
}

bool pem_read_file(struct pem *pem, const char *path) {
  FILE *file = fopen(path, "re");
  if (file == NULL) {
    report("%s: %s", path, strerror(errno));
    return false;
  }
  char *text = xcalloc(FILE_MAX + 1, 1);
  size_t len = fread(text, 1, FILE_MAX, file);
  bool ok = !ferror(file) && len < FILE_MAX;
  fclose(file);
  pem_clear(pem);
  *pem = (struct pem){.text = text, .len = len, .name = xstrdup(path)};
  if (!ok) {
    report("%s: cannot be read, or is too large", path);
  }
  return ok;
}

bool pem_decode(struct pem *pem, const char *base64, const char *name) {
  size_t in_len = strlen(base64);
  while (in_len > 0 && strchr(" \r\n", base64[in_len - 1]) != NULL) {
    in_len--;
  }
  size_t padding = 0;
  while (padding < 2 && padding < in_len && base64[in_len - 1 - padding] == '=') {
    padding++;
  }
  int len = -1;
  char *text = NULL;
  if (in_len <= FILE_MAX && in_len % 4 == 0) {
    text = xcalloc(in_len + 1, 1);
    len = EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)base64, (int)in_len);
  }
  if (len < (int)padding) {
    report("%s: not base64", name);
    free(text);
    return false;
  }
  pem_clear(pem);
  *pem = (struct pem){.text = text, .len = (size_t)len - padding, .name = xstrdup(name)};
  return true;
}

bool token_read_file(char **token, const char *path) {
  struct pem file = {0};
  bool ok = pem_read_file(&file, path);
  if (ok) {
    file.text[strcspn(file.text, "\r\n")] = '\0';
    cluster_set(token, file.text);
  }
  pem_clear(&file);
  return ok;
}
