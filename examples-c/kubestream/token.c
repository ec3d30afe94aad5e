#include "token.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../common/clock.h"

#define MAX_TOKENS 1000

/* Base64 for URLs turns these into TOKEN_LENGTH characters. */
#define RANDOM_BYTES 6

struct token {
    char text[TOKEN_LENGTH + 1];
    uint64_t made_ms;
    struct grant grant;
};

/* In the order in which they were made, which is that in which they expire. */
struct tokens {
    struct token all[MAX_TOKENS];
    size_t count;
    uint64_t lifetime_ms;
};

struct tokens *tokens_new(unsigned lifetime_seconds)
{
    struct tokens *tokens = calloc(1, sizeof(*tokens));

    if (tokens != NULL)
        tokens->lifetime_ms = UINT64_C(1000) * lifetime_seconds;
    return tokens;
}

void tokens_free(struct tokens *tokens)
{
    if (tokens == NULL)
        return;
    for (size_t i = 0; i < tokens->count; i++)
        remote_request_clear(&tokens->all[i].grant.request);
    free(tokens);
}

static void remove_at(struct tokens *tokens, size_t i)
{
    memmove(&tokens->all[i], &tokens->all[i + 1],
            (tokens->count - i - 1) * sizeof(tokens->all[0]));
    tokens->count--;
}

static void expire(struct tokens *tokens)
{
    uint64_t now = clock_ms();

    while (tokens->count > 0 && now - tokens->all[0].made_ms >= tokens->lifetime_ms) {
        remote_request_clear(&tokens->all[0].grant.request);
        remove_at(tokens, 0);
    }
}

static bool make_text(char text[TOKEN_LENGTH + 1])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t bytes[RANDOM_BYTES];
    uint64_t bits = 0;

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bits = bits << 8 | bytes[i];
    for (size_t i = 0; i < TOKEN_LENGTH; i++, bits >>= 6)
        text[i] = alphabet[bits & 63];
    text[TOKEN_LENGTH] = '\0';
    return true;
}

bool token_make(struct tokens *tokens, struct grant *grant, char text[TOKEN_LENGTH + 1])
{
    struct token *token;

    expire(tokens);
    if (tokens->count == MAX_TOKENS || !make_text(text))
        return false;
    token = &tokens->all[tokens->count++];
    memcpy(token->text, text, sizeof(token->text));
    token->made_ms = clock_ms();
    token->grant = *grant;
    *grant = (struct grant){.verb = grant->verb};
    return true;
}

bool token_redeem(struct tokens *tokens, const char *text, enum verb verb, struct grant *grant)
{
    expire(tokens);
    for (size_t i = 0; i < tokens->count; i++) {
        if (tokens->all[i].grant.verb != verb || strcmp(tokens->all[i].text, text) != 0)
            continue;
        *grant = tokens->all[i].grant;
        remove_at(tokens, i);
        return true;
    }
    return false;
}
