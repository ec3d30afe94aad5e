/* Standard input, on its way to the command. */
#ifndef KUBEEXEC_INPUT_H
#define KUBEEXEC_INPUT_H

#include "stream.h"

struct input;

/* Sends what it reads to `stream`, and its end as well. */
struct input *input_start(struct event_base *base, struct stream *stream);

/* There is room for more. */
void input_continue(struct input *input);

/* NULL is fine. The stream may be gone by then. */
void input_free(struct input *input);

#endif
