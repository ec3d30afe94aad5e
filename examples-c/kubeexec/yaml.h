/* Look-ups in a YAML document, by libyaml. */
#ifndef KUBEEXEC_YAML_H
#define KUBEEXEC_YAML_H

#include <stdbool.h>

#include <yaml.h>

/* Loads the first document of a file. False: the user has been told. An empty file has no root. */
bool yaml_load_file(yaml_document_t *document, const char *path);

/* The value of a key in a mapping; NULL if `node` is no mapping or has no such key. */
yaml_node_t *yaml_get(yaml_document_t *document, yaml_node_t *node, const char *key);

/* The text of a scalar that is neither empty nor null, or NULL. */
const char *yaml_text(const yaml_node_t *node);

/* The mapping in a list of mappings that has this "name". */
yaml_node_t *yaml_named(yaml_document_t *document, yaml_node_t *list, const char *name);

#endif
