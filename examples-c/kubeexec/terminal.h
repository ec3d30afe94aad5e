/* The local terminal: raw while a remote terminal is shown in it, and its size. */
#ifndef KUBEEXEC_TERMINAL_H
#define KUBEEXEC_TERMINAL_H

#include <stdbool.h>

/* Hands every key to the remote side, Ctrl-C included. False: standard input is no terminal. */
bool terminal_make_raw(void);

/* Puts back what terminal_make_raw() changed, if anything. Also done when the process exits. */
void terminal_restore(void);

bool terminal_is_raw(void);

/* False: there is no terminal on the standard streams. */
bool terminal_size(unsigned *width, unsigned *height);

#endif
