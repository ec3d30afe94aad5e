/* The command line, parsed into one read-only structure. */
#ifndef KUBESTREAM_OPTIONS_H
#define KUBESTREAM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
    const char *bind_address;
    const char *key_file; /* NULL: no TLS */
    const char *cert_file;
    const char *namespace_name;
    const char *container;
    const char *directory;    /* NULL: where the server was started */
    const char *main_command; /* NULL: none */
    const char **pods;
    const char **allowed; /* programs; none: all */
    size_t pod_count;
    size_t allowed_count;
    unsigned versions; /* of remote commands, a set of VERSION_BIT() */
    unsigned opening_timeout; /* seconds, as the next two */
    unsigned idle_timeout;
    unsigned token_lifetime;
    uint16_t port;       /* 0: the kernel chooses */
    uint16_t admin_port; /* the same */
    bool admin;
    bool websocket;
};

/* The bit in options.versions of a remote_version. */
#define VERSION_BIT(version) (1U << (version))

/* What options_parse() answers when the server shall run; anything else is the exit code. */
#define OPTIONS_RUN (-1)

int options_parse(struct options *options, int argc, char **argv);

void options_clear(struct options *options);

#endif
