"""Sites that speak SPDY, and sites that tell of them."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure
from twisted.web.server import Site

from ..npn import get_npn_protocols, npn_get_version
from ._channel import SPDYChannel


class SPDYSite(Site):
    """A site that speaks SPDY with those who can, and HTTP/1.1 with all others.

    Over TLS the client chooses by ALPN. Over plain TCP it is HTTP/1.1, or with *plain_version* that version of SPDY.
    The other arguments are those of ``twisted.web.server.Site``.
    """

    def __init__(self, resource: Any, *args: Any, plain_version: int | None = None, **options: Any) -> None:
        super().__init__(resource, *args, **options)
        self._plain_version = plain_version

    def acceptableProtocols(self) -> list[bytes]:
        """The protocols to agree on by ALPN, the preferred one first."""
        return [name.encode("ascii") for name in get_npn_protocols()] + list(super().acceptableProtocols())

    def buildProtocol(self, addr: IAddress | None) -> Protocol:  # type: ignore[override]
        """Makes the protocol for a new connection."""
        return _Negotiation(self, lambda: super(SPDYSite, self).buildProtocol(addr))

    def protocol_for(self, transport: Any, http: Any) -> Any:
        """Makes the protocol for a connection whose client has begun to speak; ``http()`` makes the one for HTTP."""
        if not hasattr(transport, "negotiatedProtocol"):
            version = self._plain_version or 0
        else:
            version = npn_get_version((transport.negotiatedProtocol or b"").decode("latin-1"))
        return SPDYChannel(self, version) if version else http()


class _Negotiation(Protocol, TimeoutMixin):
    """Waits for the client's first bytes: by then the protocol is agreed on."""

    def __init__(self, site: SPDYSite, http: Any) -> None:
        self._site = site
        self._http = http
        self._chosen: Any = None

    def callLater(self, period: float, function: Any) -> Any:
        """For the time-out: the reactor is that of the site."""
        reactor: Any = self._site.reactor
        return reactor.callLater(period, function)

    def connectionMade(self) -> None:
        self.setTimeout(self._site.timeOut)

    def dataReceived(self, data: bytes) -> None:
        if self._chosen is None:
            self.setTimeout(None)
            self._chosen = self._site.protocol_for(self.transport, self._http)
            self._chosen.makeConnection(self.transport)
        self._chosen.dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.setTimeout(None)
        if self._chosen is not None:
            self._chosen.connectionLost(reason)
            self._chosen = None


class AnnouncingSite(Site):
    """A site for a plain port that tells clients, with the header ``Alternate-Protocol``, of a port with SPDY.

    *spdy_port* is that port on the same host; the other arguments are those of ``twisted.web.server.Site``.
    """

    def __init__(self, resource: Any, spdy_port: int, *args: Any, **options: Any) -> None:
        super().__init__(resource, *args, **options)
        self._announcement = ",".join(f"{spdy_port}:npn-{name}" for name in get_npn_protocols()).encode("ascii")

    def getResourceFor(self, request: Any) -> Any:
        """Finds the resource for a request, whose response gets the header."""
        request.responseHeaders.setRawHeaders(b"alternate-protocol", [self._announcement])
        return super().getResourceFor(request)
