/* The exit codes of kubestream, which --help lists. */
#ifndef KUBESTREAM_EXIT_CODE_H
#define KUBESTREAM_EXIT_CODE_H

enum exit_code {
    EXIT_CLEAN = 0,   /* stopped by a signal, or --help */
    EXIT_RUNTIME = 1, /* out of memory, descriptors and the like; no main process */
    EXIT_USAGE = 2,   /* wrong command line */
    EXIT_LISTEN = 3,  /* port taken, address not ours */
    EXIT_TLS = 4      /* key or certificate unreadable, or not a pair */
};

#endif
