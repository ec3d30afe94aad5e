/* Allocation that ends the program when memory runs out: there is nothing useful a client
 * can do about it, and checking every string copy would bury the code that matters. */
#ifndef CLIENT_XALLOC_H
#define CLIENT_XALLOC_H

#include <stddef.h>

/* `p`, unless it is NULL: for the constructors of other libraries. */
void *xcheck(void *p);

void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
