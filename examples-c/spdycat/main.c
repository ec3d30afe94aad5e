/* spdycat: fetches URIs over SPDY, many at a time. Built on libspdylay, libevent and OpenSSL.
 *
 * The files, in reading order:
 *
 *   main.c             this map, and main()
 *   options.c          the command line; help.c is the text of --help, with the exit codes
 *   outcome.h          how a request came out: the exit codes
 *   client.c           the whole run: set-up, event loop, clean-up
 *   schedule.c         which request goes over which connection, and when
 *
 *   connection_open.c  the way to an open connection:
 *     ../client/dial.c   name look-up (resolve.c, in a thread) and TCP
 *     proxy.c            the tunnel through an HTTP proxy
 *     tls.c              certificate verification; the SPDY version, by ALPN or NPN
 *   connection.c       an open connection: bytes to the session and back, and its end
 *   session.c          the callbacks of libspdylay, and what is submitted to it: start here to see
 *                      how the library is used
 *
 *   request.c          one request: start, time-out, failure, success
 *   request_headers.c  the headers that are sent
 *   response.c         status, headers and body of the response
 *   decode.c           content-encoding, by the library's gzip helper
 *   html.c             the assets of a page, by libxml2's push parser
 *   output.c           where bodies go: output_file.c, output_stdout.c
 *   upload.c           where bodies of a POST come from
 *
 *   trace.c            -v: frames with time stamps
 *   stats.c            -s: statistics
 *   har.c              --har: an HTTP Archive
 *   progress.c         the progress bar
 *   report.c           messages to the user
 *
 *   nv.c strset.c interrupt.c tempfile.c ../client/
 *                      small things that the rest is made of
 *
 * Two rules hold it together. A callback of the library never ends a connection: it leaves a note,
 * and the event handler that called the library acts on it. And a request has one owner at any time;
 * request.h tells which. */
#define _POSIX_C_SOURCE 200809L

#include <libxml/parser.h>
#include <signal.h>
#include <stdio.h>

#include <spdylay/spdylay.h>

#include "../client/standard_streams.h"
#include "client.h"
#include "help.h"
#include "options.h"
#include "outcome.h"

static void ignore_signal(int number) {
  struct sigaction action = {.sa_handler = SIG_IGN};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

int main(int argc, char **argv) {
  struct options options;
  int exit_code = OUTCOME_OK;
  occupy_standard_streams();
  ignore_signal(SIGPIPE); /* a closed pipe or socket is an error code like any other */
  ignore_signal(SIGXFSZ); /* and so is the file size limit */

  switch (options_parse(&options, argc, argv)) {
  case OPTIONS_RUN:
    exit_code = client_run(&options);
    break;
  case OPTIONS_HELP:
    help_print(stdout);
    break;
  case OPTIONS_VERSION:
    puts("spdycat spdylay/" SPDYLAY_VERSION);
    break;
  case OPTIONS_WRONG:
    fputs("Try 'spdycat --help'.\n", stderr);
    exit_code = OUTCOME_USAGE;
    break;
  }
  options_free(&options);
  xmlCleanupParser();
  return exit_code;
}
