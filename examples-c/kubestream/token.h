/* The tokens of a container runtime's streaming server: each permits one request, made soon. They
 * are all the authentication there is, so they must not be guessed. */
#ifndef KUBESTREAM_TOKEN_H
#define KUBESTREAM_TOKEN_H

#include <stdbool.h>

#include "grant.h"

#define TOKEN_LENGTH 8

struct tokens;

/* NULL when memory is short. */
struct tokens *tokens_new(unsigned lifetime_seconds);
void tokens_free(struct tokens *tokens);

/* Makes a token and takes over what the grant holds. False if there are too many tokens already, or
 * no randomness; the grant is left alone then. */
bool token_make(struct tokens *tokens, struct grant *grant, char text[TOKEN_LENGTH + 1]);

/* Uses a token up, and gives out what it permits. */
bool token_redeem(struct tokens *tokens, const char *text, enum verb verb, struct grant *grant);

#endif
