#define _POSIX_C_SOURCE 200809L

#include "kubeconfig.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../client/xalloc.h"
#include "report.h"
#include "yaml.h"

/* $KUBECONFIG can list many; more are a mistake. */
#define FILES_MAX 16

struct file {
  char *path;
  yaml_document_t document;
};

struct config {
  struct file files[FILES_MAX];
  size_t count;
};

/* A mapping, and the file it is from: file names in it are relative to that. */
struct entry {
  struct file *file;
  yaml_node_t *node;
};

static const char *text_of(struct entry entry, const char *key) {
  return entry.node == NULL ? NULL
                            : yaml_text(yaml_get(&entry.file->document, entry.node, key));
}

/* The first file that has an entry of this name in `list` wins. `member` is what it is called inside. */
static struct entry find(struct config *config, const char *list, const char *name,
                         const char *member) {
  for (size_t i = 0; name != NULL && i < config->count; i++) {
    yaml_document_t *document = &config->files[i].document;
    yaml_node_t *root = yaml_document_get_root_node(document);
    yaml_node_t *found = yaml_named(document, yaml_get(document, root, list), name);
    if (found != NULL) {
      return (struct entry){&config->files[i], yaml_get(document, found, member)};
    }
  }
  return (struct entry){NULL, NULL};
}

static const char *current_context(struct config *config) {
  for (size_t i = 0; i < config->count; i++) {
    yaml_document_t *document = &config->files[i].document;
    yaml_node_t *root = yaml_document_get_root_node(document);
    const char *name = yaml_text(yaml_get(document, root, "current-context"));
    if (name != NULL) {
      return name;
    }
  }
  return NULL;
}

static char *relative_to(const struct file *file, const char *path) {
  const char *slash = strrchr(file->path, '/');
  if (*path == '/' || slash == NULL) {
    return xstrdup(path);
  }
  return xasprintf("%.*s/%s", (int)(slash - file->path), file->path, path);
}

/* KEY-data holds the text itself, and goes before KEY, which names a file. */
static bool read_pem(struct pem *pem, struct entry entry, const char *key) {
  char *data_key = xasprintf("%s-data", key);
  const char *data = text_of(entry, data_key);
  bool ok = true;
  if (data != NULL) {
    ok = pem_decode(pem, data, data_key);
  } else if (text_of(entry, key) != NULL) {
    char *path = relative_to(entry.file, text_of(entry, key));
    ok = pem_read_file(pem, path);
    free(path);
  }
  free(data_key);
  return ok;
}

static void take(char **member, struct entry entry, const char *key) {
  const char *text = text_of(entry, key);
  if (text != NULL) {
    cluster_set(member, text);
  }
}

static bool read_cluster(struct cluster *cluster, struct entry entry) {
  take(&cluster->server, entry, "server");
  take(&cluster->tls_server_name, entry, "tls-server-name");
  const char *insecure = text_of(entry, "insecure-skip-tls-verify");
  cluster->insecure = insecure != NULL && strcmp(insecure, "true") == 0;
  if (text_of(entry, "proxy-url") != NULL) {
    report("%s: proxy-url is not supported", entry.file->path);
    return false;
  }
  return read_pem(&cluster->authority, entry, "certificate-authority");
}

static bool read_user(struct cluster *cluster, struct entry entry) {
  take(&cluster->username, entry, "username");
  take(&cluster->password, entry, "password");
  take(&cluster->token, entry, "token");
  const char *token_file = text_of(entry, "tokenFile");
  if (token_file != NULL) {
    char *path = relative_to(entry.file, token_file);
    bool ok = token_read_file(&cluster->token, path);
    free(path);
    if (!ok) {
      return false;
    }
  }
  if (entry.node != NULL) {
    yaml_document_t *document = &entry.file->document;
    cluster->wants_plugin = yaml_get(document, entry.node, "exec") != NULL ||
                            yaml_get(document, entry.node, "auth-provider") != NULL;
  }
  return read_pem(&cluster->certificate, entry, "client-certificate") &&
         read_pem(&cluster->key, entry, "client-key");
}

static bool read_context(struct cluster *cluster, struct config *config, const char *name) {
  bool chosen = name != NULL;
  if (!chosen) {
    name = current_context(config);
  }
  struct entry context = find(config, "contexts", name, "context");
  if (context.node == NULL) {
    if (chosen) {
      report("no context \"%s\" in the kubeconfig", name);
    }
    return !chosen;
  }
  take(&cluster->namespace_name, context, "namespace");
  return read_cluster(cluster, find(config, "clusters", text_of(context, "cluster"), "cluster")) &&
         read_user(cluster, find(config, "users", text_of(context, "user"), "user"));
}

static bool load(struct config *config, const char *path) {
  if (config->count == FILES_MAX) {
    report("more than %d kubeconfig files", FILES_MAX);
    return false;
  }
  struct file *file = &config->files[config->count];
  if (!yaml_load_file(&file->document, path)) {
    return false;
  }
  file->path = xstrdup(path);
  config->count++;
  return true;
}

/* Files that kubectl would look at may be missing. */
static bool load_if_there(struct config *config, const char *path) {
  return access(path, F_OK) != 0 || load(config, path);
}

static bool load_list(struct config *config, const char *list) {
  bool ok = true;
  while (ok && *list != '\0') {
    size_t len = strcspn(list, ":");
    if (len > 0) {
      char *path = xstrndup(list, len);
      ok = load_if_there(config, path);
      free(path);
    }
    list += len + (list[len] == ':');
  }
  return ok;
}

static bool load_all(struct config *config, const char *path) {
  const char *list = getenv("KUBECONFIG");
  const char *home = getenv("HOME");
  if (path != NULL) {
    return load(config, path);
  }
  if (list != NULL && *list != '\0') {
    return load_list(config, list);
  }
  if (home == NULL) {
    return true;
  }
  char *usual = xasprintf("%s/.kube/config", home);
  bool ok = load_if_there(config, usual);
  free(usual);
  return ok;
}

bool kubeconfig_read(struct cluster *cluster, const char *path, const char *context) {
  struct config *config = xcalloc(1, sizeof(*config));
  bool ok = load_all(config, path) && read_context(cluster, config, context);
  for (size_t i = 0; i < config->count; i++) {
    yaml_document_delete(&config->files[i].document);
    free(config->files[i].path);
  }
  free(config);
  return ok;
}
