/* kubeexec: runs a command in a Kubernetes pod, attaches to one, or forwards ports to it, over
 * SPDY/3.1; through an API server, or straight to the container runtime. Built on libspdylay,
 * libevent, OpenSSL, http-parser, jansson and libyaml.
 *
 * The files, in reading order:
 *
 *   main.c          this map, and main()
 *   options.c       the command line; help.c is the text of --help, with the exit codes
 *   target.c        where the request goes, from the options and
 *     kubeconfig.c    the files of kubectl, read by yaml.c, into
 *     cluster.c       server, certificates and token
 *   client.c        the whole run: set-up, event loop, clean-up
 *
 *   opening.c       the way to an open connection: TCP (../client/dial.c), then
 *     tls.c           TLS, and
 *     upgrade.c       HTTP: the request, and its answer
 *   connection.c    an open connection: bytes to the session and back, keep-alive, its end
 *   session.c       the callbacks of libspdylay, and what is submitted to it: start here to see how
 *                   the library is used
 *   stream.c        one stream: opened, answered, two halves that end on their own
 *
 *   remote.c        exec and attach: which streams, in which order, and when it is over
 *     input.c         standard input
 *     sink.c          standard output and error
 *     window.c        the size of the terminal, terminal.c the terminal itself
 *     result.c        what the error stream says, status.c the objects in which it does
 *   forward.c       port-forward: the local ports
 *     pair.c          one forwarded connection
 *
 *   report.c        messages to the user
 *
 * Three rules hold it together. A callback of the library never ends the connection: client_end()
 * leaves a note for the event loop. Whoever opens a stream may forget about it by stream_abandon();
 * the stream frees itself when the session is done with it. And what cannot be taken at once is
 * bounded: whoever has too much of it pauses the connection, since TCP is the only thing that stops
 * a Kubernetes server. */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>

#include <spdylay/spdylay.h>

#include "../client/standard_streams.h"
#include "client.h"
#include "exit_code.h"
#include "help.h"
#include "options.h"

int main(int argc, char **argv) {
  struct options options;
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  int exit_code = EXIT_DONE;
  occupy_standard_streams();
  sigemptyset(&ignore.sa_mask);
  sigaction(SIGPIPE, &ignore, NULL); /* a closed pipe or socket is an error code like any other */

  switch (options_parse(&options, argc, argv)) {
  case OPTIONS_RUN:
    exit_code = client_run(&options);
    break;
  case OPTIONS_HELP:
    help_print(stdout);
    break;
  case OPTIONS_VERSION:
    puts("kubeexec spdylay/" SPDYLAY_VERSION);
    break;
  case OPTIONS_WRONG:
    fputs("Try 'kubeexec --help'.\n", stderr);
    exit_code = EXIT_USAGE;
    break;
  }
  options_free(&options);
  return exit_code;
}
