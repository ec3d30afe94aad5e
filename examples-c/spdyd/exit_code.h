/* The exit codes of spdyd. They are part of its interface: --help lists them, and scripts tell by
 * them what to repair. */
#ifndef SPDYD_EXIT_CODE_H
#define SPDYD_EXIT_CODE_H

enum exit_code {
    EXIT_CLEAN = 0,   /* stopped by a signal, or --help */
    EXIT_RUNTIME = 1, /* out of memory, threads or event loops */
    EXIT_USAGE = 2,   /* wrong command line */
    EXIT_LISTEN = 3,  /* port taken, address not ours */
    EXIT_TLS = 4,     /* key or certificate unreadable, or not a pair */
    EXIT_FOLDER = 5,  /* the folder to serve is missing or closed to us */
    EXIT_LOG = 6      /* the access log cannot be written */
};

#endif
