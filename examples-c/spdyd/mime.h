/* Content types by file name. */
#ifndef SPDYD_MIME_H
#define SPDYD_MIME_H

const char *mime_type(const char *file_name);

#endif
