/* The served folder: opens what lies in it, and nothing else. */
#ifndef SPDYD_DOCROOT_H
#define SPDYD_DOCROOT_H

#include <stdbool.h>

/* Returns a descriptor of the folder, or -1 after a diagnostic. */
int docroot_open(const char *folder);

/* Opens `relative` below the folder for reading. Symbolic links are followed as long as they stay
 * inside. Returns -1 with errno: EXDEV or ELOOP mean that a link leads out. */
int docroot_open_file(int docroot, const char *relative);

/* Whether `relative` ("" is the root) is a folder within. */
bool docroot_has_directory(int docroot, const char *relative);

#endif
