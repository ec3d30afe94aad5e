/* Finds what a HTML page needs to be shown, with libxml2's push parser: the page is read as it
 * arrives and never held in memory. */
#ifndef SPDYCAT_HTML_H
#define SPDYCAT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct html_scanner;

/* In the order in which a browser wants them. */
enum asset_kind { ASSET_STYLE_OR_SCRIPT, ASSET_IMAGE_OR_MEDIA };

/* `uri` is absolute. It may have any scheme. */
typedef void (*html_asset_found)(const char *uri, enum asset_kind kind, void *arg);

/* Is a body of this content-type HTML? `content_type` may be NULL. */
bool html_is_html(const char *content_type);

/* `page_uri` is what relative links are relative to, unless the page has a <base>. NULL: out of memory. */
struct html_scanner *html_scanner_new(const char *page_uri, const char *content_type,
                                      html_asset_found found, void *arg);
void html_scanner_feed(struct html_scanner *scanner, const uint8_t *data, size_t len);

/* The page has ended. */
void html_scanner_finish(struct html_scanner *scanner);
void html_scanner_free(struct html_scanner *scanner);

#endif
