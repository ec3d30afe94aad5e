"""SPDY for Twisted: one ``twisted.web`` resource tree over HTTP/1.1 and SPDY, on the same port.

With a certificate, the version of SPDY or HTTP/1.1 is negotiated by ALPN::

    site = spdylay.tx.SPDYSite(root)
    options = ssl.PrivateCertificate.loadPEM(pem).options()
    endpoints.SSL4ServerEndpoint(reactor, 443, options).listen(site)

and a plain port can tell clients of it::

    endpoints.TCP4ServerEndpoint(reactor, 80).listen(spdylay.tx.AnnouncingSite(root, 443))

Resources need no change: deferred responses, request bodies, producers and consumers work as over HTTP/1.1.
``request.transport.getPeerCertificate()`` has the client's certificate, if the TLS options ask for one.

This needs Twisted; ``pip install spdylay[twisted]`` brings it.
"""

from ._site import AnnouncingSite as AnnouncingSite, SPDYSite as SPDYSite
