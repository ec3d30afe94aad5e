/* The text of --help, which also documents the exit codes. */
#ifndef SPDYCAT_HELP_H
#define SPDYCAT_HELP_H

#include <stdio.h>

void help_print(FILE *out);

#endif
