#include "help.h"

/* Three strings, because C11 only promises string literals of up to 4095 characters. */
static const char PROTOCOL[] =
    "Usage: spdycat [OPTION]... URI...\n"
    "Fetch http:// and https:// URIs over SPDY/2, SPDY/3 or SPDY/3.1. All requests to one\n"
    "origin share one connection; several origins are fetched in parallel.\n"
    "\n"
    "Protocol:\n"
    "  -2, --spdy2            only SPDY/2\n"
    "  -3, --spdy3            only SPDY/3\n"
    "      --spdy3-1          only SPDY/3.1\n"
    "      --no-tls           plain TCP for every URI; needs -2, -3 or --spdy3-1.\n"
    "                         Otherwise TLS is used, for http:// URIs as well\n"
    "      --alpn             negotiate the version by ALPN only\n"
    "      --npn              negotiate it by NPN only, which means TLS 1.2 at most.\n"
    "                         By default a server may choose either; one that knows\n"
    "                         neither under TLS 1.3 is asked again under TLS 1.2\n"
    "  -k, --insecure         do not verify the server's certificate\n"
    "      --cafile FILE      trust the authorities in FILE (PEM), not the system's\n"
    "      --cert FILE        client certificate chain (PEM)\n"
    "      --key FILE         its private key (PEM); default: in the --cert FILE\n"
    "  -p, --proxy HOST       reach the servers through this HTTP proxy, by CONNECT\n"
    "  -P, --proxy-port PORT  its port (3128)\n"
    "  -w, --window-bits N    initial window of each stream: 2^N bytes, N from 1 to 30 (24)\n"
    "  -t, --timeout SECONDS  give up on a request after this time. Without it only\n"
    "                         making the connection is limited, to 60 seconds\n"
    "\n"
    "Requests:\n"
    "  -i, --input-file FILE  also fetch the URIs in FILE, one per line; - is the standard\n"
    "                         input; empty lines and lines beginning with # are skipped\n"
    "  -m, --multiply N       request each URI N times. Without -m a URI that is given\n"
    "                         twice is requested once\n"
    "      --max-concurrent N\n"
    "                         requests in flight at once, over all connections (100)\n"
    "      --pri N            priority, 0 (first) to 7 (3); SPDY/2 ends at 3\n"
    "  -H, --header NAME:VALUE\n"
    "                         add a header, or replace a default one; repeatable. An empty\n"
    "                         value removes a default header. -H ':method: HEAD' works\n"
    "  -d, --data FILE        POST the contents of FILE; - is the standard input\n"
    "  -a, --get-assets       also fetch the style sheets, scripts, images and other media\n"
    "                         that a fetched HTML page shows\n"
    "\n";

static const char OUTPUT[] =
    "Output (response bodies go to the standard output, in the order of the URIs):\n"
    "  -o, --output FILE      write the one response to FILE; - is the standard output\n"
    "  -O, --remote-name      write each to a file named after the last part of its path,\n"
    "                         or index.html; repeated names get .1, .2, ... appended\n"
    "      --output-dir DIR   like -O, but in DIR, which is made if missing\n"
    "  -n, --null-out         discard response bodies\n"
    "      --har FILE         write a HTTP Archive, which browser tools show as a waterfall\n"
    "  -s, --stat             print statistics at the end (on the standard error)\n"
    "  -v, --verbose          print frames and negotiation with time stamps (standard error)\n"
    "      --color            color the output of -v even if it is not a terminal\n"
    "  -h, --help             this text\n"
    "      --version          print the version\n"
    "\n"
    "Bodies with content-encoding gzip or deflate are decoded. A file appears under its name\n"
    "only when it is complete: a failed download leaves no part of it, and no error page\n"
    "(status 400 and above) replaces it.\n"
    "\n";

static const char EXIT_CODES[] =
    "Exit code; of several failures the one with the lowest number:\n"
    "    0  every response arrived complete, with a status below 400\n"
    "    1  internal error, such as out of memory\n"
    "    2  wrong usage: options, or a malformed URI\n"
    "    3  a host name could not be resolved\n"
    "    4  a connection could not be made, was refused by the proxy, or was lost\n"
    "    5  TLS: handshake, certificate verification, or no common SPDY version\n"
    "    6  SPDY: protocol error, or a stream was reset\n"
    "    7  HTTP status 400 or above\n"
    "    8  time-out\n"
    "    9  a local file could not be read or written (disk full, no permission, ...)\n"
    "  130, 143  ended by SIGINT or SIGTERM\n";

void help_print(FILE *out) {
  fputs(PROTOCOL, out);
  fputs(OUTPUT, out);
  fputs(EXIT_CODES, out);
}
