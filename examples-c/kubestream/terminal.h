/* The size of a pseudo-terminal, as the client announces it. */
#ifndef KUBESTREAM_TERMINAL_H
#define KUBESTREAM_TERMINAL_H

#include <stddef.h>
#include <stdint.h>

struct terminal;

/* NULL when memory is short. */
struct terminal *terminal_new(void);
void terminal_free(struct terminal *terminal);

/* Takes over the descriptor, which the sizes are for. */
void terminal_connect(struct terminal *terminal, int fd);

/* Takes JSON objects like {"Width":80,"Height":24}, one after the other and cut anywhere. */
void terminal_resize(struct terminal *terminal, const uint8_t *bytes, size_t length);

#endif
