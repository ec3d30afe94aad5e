#ifndef KUBEEXEC_HELP_H
#define KUBEEXEC_HELP_H

#include <stdio.h>

void help_print(FILE *out);

#endif
