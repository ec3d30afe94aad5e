/* The exit codes that are not the remote command's. Those of a failure on the way are the BSD
 * sysexits, which few commands use themselves, so that a script can tell them apart. */
#ifndef KUBEEXEC_EXIT_CODE_H
#define KUBEEXEC_EXIT_CODE_H

enum exit_code {
  EXIT_DONE = 0,
  EXIT_REFUSED = 1,      /* the server said no, or could not run the command */
  EXIT_USAGE = 64,       /* bad options */
  EXIT_NO_HOST = 68,     /* a host name that does not resolve */
  EXIT_UNAVAILABLE = 69, /* no connection: refused, unreachable, TLS */
  EXIT_LOCAL = 71,       /* the system said no: out of descriptors, a port in use */
  EXIT_LOST = 74,        /* the connection ended before the command did; or local output failed */
  EXIT_TIMEOUT = 75,     /* no answer in time */
  EXIT_PROTOCOL = 76,    /* the server broke the protocol */
  EXIT_CONFIG = 78,      /* kubeconfig, certificates, token */
  EXIT_BY_SIGNAL = 128,  /* plus the number of the signal */
};

#endif
