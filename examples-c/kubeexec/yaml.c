#include "yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

bool yaml_load_file(yaml_document_t *document, const char *path) {
  FILE *file = fopen(path, "re");
  if (file == NULL) {
    report("%s: %s", path, strerror(errno));
    return false;
  }
  yaml_parser_t parser;
  bool ok = yaml_parser_initialize(&parser);
  if (ok) {
    yaml_parser_set_input_file(&parser, file);
    ok = yaml_parser_load(&parser, document);
    if (!ok) {
      report("%s: line %zu: %s", path, parser.problem_mark.line + 1,
             parser.problem != NULL ? parser.problem : "cannot be read");
    }
    yaml_parser_delete(&parser);
  }
  fclose(file);
  return ok;
}

const char *yaml_text(const yaml_node_t *node) {
  if (node == NULL || node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0) {
    return NULL;
  }
  const char *text = (const char *)node->data.scalar.value;
  bool plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  return plain && (strcmp(text, "null") == 0 || strcmp(text, "~") == 0) ? NULL : text;
}

yaml_node_t *yaml_get(yaml_document_t *document, yaml_node_t *node, const char *key) {
  if (node == NULL || node->type != YAML_MAPPING_NODE) {
    return NULL;
  }
  const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
  for (; pair < node->data.mapping.pairs.top; pair++) {
    const char *name = yaml_text(yaml_document_get_node(document, pair->key));
    if (name != NULL && strcmp(name, key) == 0) {
      return yaml_document_get_node(document, pair->value);
    }
  }
  return NULL;
}

yaml_node_t *yaml_named(yaml_document_t *document, yaml_node_t *list, const char *name) {
  if (list == NULL || list->type != YAML_SEQUENCE_NODE) {
    return NULL;
  }
  const yaml_node_item_t *item = list->data.sequence.items.start;
  for (; item < list->data.sequence.items.top; item++) {
    yaml_node_t *node = yaml_document_get_node(document, *item);
    const char *found = yaml_text(yaml_get(document, node, "name"));
    if (found != NULL && strcmp(found, name) == 0) {
      return node;
    }
  }
  return NULL;
}
