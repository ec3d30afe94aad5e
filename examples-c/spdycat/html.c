#define _POSIX_C_SOURCE 200809L

#include "html.h"

#include <libxml/HTMLparser.h>
#include <libxml/uri.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../client/xalloc.h"

struct html_scanner {
  htmlParserCtxtPtr parser;
  char *base;
  bool has_base_element;
  html_asset_found found;
  void *arg;
};

bool html_is_html(const char *content_type) {
  static const char *const TYPES[] = {"text/html", "application/xhtml+xml"};
  for (size_t i = 0; content_type != NULL && i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
    size_t len = strlen(TYPES[i]);
    if (strncasecmp(content_type, TYPES[i], len) == 0 &&
        (content_type[len] == '\0' || strchr("; \t", content_type[len]) != NULL)) {
      return true;
    }
  }
  return false;
}

static const char *attribute(const xmlChar **attributes, const char *name) {
  for (; attributes != NULL && attributes[0] != NULL; attributes += 2) {
    if (strcasecmp((const char *)attributes[0], name) == 0) {
      return (const char *)attributes[1];
    }
  }
  return NULL;
}

/* Is `word` one of the blank-separated words of `list`? `list` may be NULL. */
static bool has_word(const char *list, const char *word) {
  size_t len = strlen(word);
  while (list != NULL && *list != '\0') {
    list += strspn(list, " \t\r\n\f");
    size_t n = strcspn(list, " \t\r\n\f");
    if (n == len && strncasecmp(list, word, len) == 0) {
      return true;
    }
    list += n;
  }
  return false;
}

/* `link` made absolute, or NULL. Pages hold spaces and non-ASCII letters in their links, which
 * browsers escape. The caller frees it with xmlFree(). */
static xmlChar *resolve(const struct html_scanner *scanner, const char *link) {
  link += strspn(link, " \t\r\n\f");
  xmlChar *escaped = xmlURIEscapeStr((const xmlChar *)link, (const xmlChar *)":/?#[]@!$&'()*+,;=%~");
  if (escaped == NULL) {
    return NULL;
  }
  xmlChar *absolute = xmlBuildURI(escaped, (const xmlChar *)scanner->base);
  xmlFree(escaped);
  return absolute;
}

static void emit(struct html_scanner *scanner, const char *link, enum asset_kind kind) {
  if (link == NULL || *link == '\0') {
    return;
  }
  xmlChar *uri = resolve(scanner, link);
  if (uri != NULL) {
    scanner->found((const char *)uri, kind, scanner->arg);
    xmlFree(uri);
  }
}

static void set_base(struct html_scanner *scanner, const char *href) {
  if (href == NULL || scanner->has_base_element) {
    return;
  }
  xmlChar *base = resolve(scanner, href);
  if (base != NULL) {
    free(scanner->base);
    scanner->base = xstrdup((const char *)base);
    scanner->has_base_element = true;
    xmlFree(base);
  }
}

static void on_link_element(struct html_scanner *scanner, const xmlChar **attributes) {
  const char *rel = attribute(attributes, "rel");
  const char *href = attribute(attributes, "href");
  if (has_word(rel, "stylesheet")) {
    if (!has_word(rel, "alternate")) {
      emit(scanner, href, ASSET_STYLE_OR_SCRIPT);
    }
  } else if (has_word(rel, "preload") || has_word(rel, "modulepreload")) {
    emit(scanner, href, ASSET_STYLE_OR_SCRIPT);
  } else if (has_word(rel, "icon")) {
    emit(scanner, href, ASSET_IMAGE_OR_MEDIA);
  }
}

static void on_start_element(void *ctx, const xmlChar *name, const xmlChar **attributes) {
  struct html_scanner *scanner = ctx;
  const char *element = (const char *)name;
  if (strcasecmp(element, "link") == 0) {
    on_link_element(scanner, attributes);
  } else if (strcasecmp(element, "script") == 0) {
    emit(scanner, attribute(attributes, "src"), ASSET_STYLE_OR_SCRIPT);
  } else if (strcasecmp(element, "img") == 0 || strcasecmp(element, "source") == 0 ||
             strcasecmp(element, "audio") == 0 || strcasecmp(element, "embed") == 0) {
    emit(scanner, attribute(attributes, "src"), ASSET_IMAGE_OR_MEDIA);
  } else if (strcasecmp(element, "video") == 0) {
    emit(scanner, attribute(attributes, "poster"), ASSET_IMAGE_OR_MEDIA);
    emit(scanner, attribute(attributes, "src"), ASSET_IMAGE_OR_MEDIA);
  } else if (strcasecmp(element, "base") == 0) {
    set_base(scanner, attribute(attributes, "href"));
  }
}

/* The charset of "text/html; charset=utf-8"; XML_CHAR_ENCODING_NONE lets the parser find out. */
static xmlCharEncoding charset_of(const char *content_type) {
  const char *p = strchr(content_type, ';');
  while (p != NULL) {
    p += 1 + strspn(p + 1, " \t");
    if (strncasecmp(p, "charset=", 8) == 0) {
      p += 8;
      p += *p == '"';
      char *charset = xstrndup(p, strcspn(p, "\"; \t"));
      xmlCharEncoding encoding = xmlParseCharEncoding(charset);
      free(charset);
      return encoding == XML_CHAR_ENCODING_ERROR ? XML_CHAR_ENCODING_NONE : encoding;
    }
    p = strchr(p, ';');
  }
  return XML_CHAR_ENCODING_NONE;
}

struct html_scanner *html_scanner_new(const char *page_uri, const char *content_type,
                                      html_asset_found found, void *arg) {
  static htmlSAXHandler handler = {.startElement = on_start_element};
  struct html_scanner *scanner = xcalloc(1, sizeof(*scanner));
  scanner->parser = htmlCreatePushParserCtxt(&handler, scanner, NULL, 0, page_uri,
                                             charset_of(content_type));
  if (scanner->parser == NULL) {
    free(scanner);
    return NULL;
  }
  scanner->base = xstrdup(page_uri);
  scanner->found = found;
  scanner->arg = arg;
  return scanner;
}

void html_scanner_feed(struct html_scanner *scanner, const uint8_t *data, size_t len) {
  /* Errors are of no interest: every page has some, and the parser goes on behind them. */
  while (len > 0) {
    int piece = len > 65536 ? 65536 : (int)len;
    htmlParseChunk(scanner->parser, (const char *)data, piece, 0);
    data += piece;
    len -= (size_t)piece;
  }
}

void html_scanner_finish(struct html_scanner *scanner) {
  htmlParseChunk(scanner->parser, NULL, 0, 1);
}

void html_scanner_free(struct html_scanner *scanner) {
  if (scanner == NULL) {
    return;
  }
  htmlFreeParserCtxt(scanner->parser);
  free(scanner->base);
  free(scanner);
}
