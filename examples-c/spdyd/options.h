/* The command line, parsed into one read-only structure. */
#ifndef SPDYD_OPTIONS_H
#define SPDYD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *htdocs;
    const char *bind_address; /* NULL: every address of the machine */
    const char *access_log;   /* NULL: none; "-": standard output */
    const char *key_file;
    const char *cert_file;
    uint64_t max_body;         /* bytes */
    unsigned workers;          /* threads, at least 1 */
    unsigned idle_timeout;     /* seconds, 0: never */
    unsigned shutdown_timeout; /* seconds */
    unsigned versions;         /* a set of VERSION_BIT() */
    uint16_t port;             /* 0: the kernel chooses */
    bool tls;
    bool daemon;
    bool verbose;
    bool verify_client;
    bool color;
};

/* The bit in options.versions of a spdylay_proto_version. */
#define VERSION_BIT(version) (1U << (version))

/* What options_parse() answers when the server shall run; anything else is the exit code. */
#define OPTIONS_RUN (-1)

int options_parse(struct options *options, int argc, char **argv);

/* The one version spoken without TLS, where nothing negotiates. */
uint16_t options_plain_version(const struct options *options);

#endif
