/* Text from the network, made harmless for a terminal. */
#ifndef CLIENT_ESCAPE_H
#define CLIENT_ESCAPE_H

#include <stdio.h>

/* Writes `s` with every byte that is not printable ASCII as \xNN. */
void print_escaped(FILE *out, const char *s);

#endif
