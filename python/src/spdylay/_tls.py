"""TLS contexts that negotiate SPDY by ALPN."""

from __future__ import annotations

import os
import ssl

from .errors import InvalidArgumentError, NegotiationError
from .npn import get_npn_protocols, npn_get_version


def alpn_names(version: int | None = None) -> list[str]:
    """Returns the names to offer: of one version, or of all."""
    names = [name for name in get_npn_protocols() if version in (None, npn_get_version(name))]
    if not names:
        raise InvalidArgumentError(f"{version} is no version of SPDY")
    return names


def client_context(cafile: str | os.PathLike[str] | None = None, verify: bool = True) -> ssl.SSLContext:
    """Makes the context of a client, which trusts the system's authorities or those in *cafile*.

    Without *verify* it trusts everybody, which is for tests.
    """
    _look_at(cafile)
    context = ssl.create_default_context(cafile=cafile)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def server_context(cert_file: str | os.PathLike[str], key_file: str | os.PathLike[str] | None = None) -> ssl.SSLContext:
    """Makes the context of a server from its certificate chain and private key in PEM format."""
    _look_at(cert_file, key_file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert_file, key_file)
    return context


def _look_at(*files: str | os.PathLike[str] | None) -> None:
    # The module ssl does not say which file is missing.
    for file in files:
        if file is not None:
            os.stat(file)


def negotiated(tls: ssl.SSLSocket | ssl.SSLObject, peer: str) -> int:
    """Returns the version that the handshake led to; NegotiationError if it led to none."""
    name = tls.selected_alpn_protocol()
    version = npn_get_version(name or "")
    if not version:
        raise NegotiationError(
            f"{peer} does not speak SPDY: " + (f"it chose {name}" if name else "it has no ALPN for it")
        )
    return version
