#!/usr/bin/env python3
"""Serves one Twisted resource tree over https, by SPDY or HTTP/1.1, and tells of it on a plain port.

To make a certificate and run it:

    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \\
        -addext subjectAltName=DNS:localhost -keyout server.key -out server.crt
    python3 twisted_site.py server.crt server.key 8443 8080

Then look at https://localhost:8443/, with python -m spdylay.fetch --cafile server.crt or with curl --cacert server.crt.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor as the_reactor, ssl, task
from twisted.internet.defer import CancelledError, ensureDeferred
from twisted.internet.endpoints import SSL4ServerEndpoint, TCP4ServerEndpoint
from twisted.python import log
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from twisted.web.static import File

from spdylay import tx

reactor: Any = the_reactor


class Greeting(Resource):
    """Says how it was asked, and who by."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        request.setHeader(b"content-type", b"text/plain")
        return b"Hello %b, over %b.\n" % (request.getClientAddress().host.encode(), request.clientproto)


class Countdown(Resource):
    """A response that takes its time."""

    isLeaf = True

    def render_GET(self, request: Any) -> int:
        counting = ensureDeferred(self._count(request))
        counting.addErrback(lambda reason: reason.trap(CancelledError))
        # The client may leave before the end.
        request.notifyFinish().addErrback(lambda _reason: counting.cancel())
        return NOT_DONE_YET

    async def _count(self, request: Any) -> None:
        for number in range(5, -1, -1):
            request.write(b"%d\n" % number)
            await task.deferLater(reactor, 0.2)
        request.finish()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a Twisted site over SPDY and HTTP/1.1.")
    parser.add_argument("certificate", type=Path)
    parser.add_argument("key", type=Path)
    parser.add_argument("tls_port", type=int)
    parser.add_argument("plain_port", type=int)
    parser.add_argument("--files", default=".", help="folder to serve below /files")
    options = parser.parse_args()

    root = Resource()
    root.putChild(b"", Greeting())  # type: ignore[arg-type]
    root.putChild(b"countdown", Countdown())  # type: ignore[arg-type]
    root.putChild(b"files", File(options.files))  # type: ignore[arg-type]

    log.startLogging(sys.stderr)
    tls = ssl.PrivateCertificate.loadPEM(options.certificate.read_bytes() + options.key.read_bytes()).options()
    SSL4ServerEndpoint(reactor, options.tls_port, tls).listen(tx.SPDYSite(root))
    TCP4ServerEndpoint(reactor, options.plain_port).listen(tx.AnnouncingSite(root, options.tls_port))
    reactor.run()


if __name__ == "__main__":
    main()
