"""HTTP as SPDY carries it: requests and responses as lists of headers, and origins of URLs."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from ._arguments import Pairs
from ._version import USER_AGENT
from .frames import NameValues, decode

VERSION = "HTTP/1.1"

DEFAULT_PORTS = {"https": 443, "http": 80}

# These speak of an HTTP/1.1 connection, and SPDY/3 section 3.2.1 forbids them.
_FORBIDDEN = frozenset(("connection", "host", "keep-alive", "proxy-connection", "transfer-encoding"))


class MalformedMessage(ValueError):
    """Headers that do not make a request or a response."""


class Origin(NamedTuple):
    """What a connection can be shared for."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and, unless it is the default one, port, as in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Target(NamedTuple):
    """What a URL names."""

    origin: Origin
    path: str
    """Path and query."""


def parse_url(url: str) -> Target:
    """Splits a URL with the scheme https or http; ValueError if it is none."""
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is no URL with https: or http: and a host")
    path = parts.path or "/"
    if parts.query:
        path += "?" + parts.query
    return Target(Origin(parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]), path)


class Request(NamedTuple):
    """What a request says before its body."""

    method: str
    path: str
    """Path and query."""
    scheme: str
    version: str
    host: str
    headers: NameValues
    """All but the five above."""


class Response(NamedTuple):
    """What a response says before its body."""

    status: int
    reason: str
    version: str
    headers: NameValues
    """All but the status and the version."""


def request_nv(method: str, target: Target, headers: Pairs = ()) -> NameValues:
    """Makes the headers of a request; those that SPDY forbids are left out, and ``user-agent`` is added if missing."""
    nv = [
        (":method", method),
        (":path", target.path),
        (":scheme", target.origin.scheme),
        (":version", VERSION),
        (":host", target.origin.authority),
        *_allowed(headers),
    ]
    if all(name != "user-agent" for name, _value in nv):
        nv.append(("user-agent", USER_AGENT))
    return nv


def response_nv(status: int, reason: str | None = None, headers: Pairs = ()) -> NameValues:
    """Makes the headers of a response; those that SPDY forbids are left out."""
    if reason is None:
        reason = phrase(status)
    return [(":status", f"{status} {reason}".rstrip()), (":version", VERSION), *_allowed(headers)]


def parse_request(nv: NameValues) -> Request:
    """Reads a request; MalformedMessage if something that it needs is missing."""
    special, headers = _split(nv)
    try:
        return Request(
            special[":method"], special[":path"], special[":scheme"], special[":version"], special[":host"], headers
        )
    except KeyError as error:
        raise MalformedMessage(f"the request has no {error.args[0]}") from None


def parse_response(nv: NameValues) -> Response:
    """Reads a response; MalformedMessage if it has no status or no version."""
    special, headers = _split(nv)
    try:
        status, _, reason = special[":status"].partition(" ")
        version = special[":version"]
    except KeyError as error:
        raise MalformedMessage(f"the response has no {error.args[0]}") from None
    if not (len(status) == 3 and status.isascii() and status.isdigit()):
        raise MalformedMessage(f"the response has the status {status!r}")
    return Response(int(status), reason, version, headers)


def phrase(status: int) -> str:
    """Returns the usual reason phrase of a status, empty if it has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _split(nv: NameValues) -> tuple[dict[str, str], NameValues]:
    special = {name: value for name, value in nv if name.startswith(":")}
    return special, [pair for pair in nv if not pair[0].startswith(":")]


def _allowed(headers: Pairs) -> NameValues:
    pairs: NameValues = []
    for name, value in headers:
        text = (name if isinstance(name, str) else decode(name)).lower()
        if text not in _FORBIDDEN:
            pairs.append((text, value if isinstance(value, str) else decode(value)))
    return pairs
