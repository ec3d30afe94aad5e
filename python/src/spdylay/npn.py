"""Names of the protocol in TLS, for NPN and ALPN."""

from __future__ import annotations

import ctypes

from . import _abi


def get_npn_protocols() -> list[str]:
    """Returns the names of all versions that the library speaks, the preferred one first.

    They fit ``ssl.SSLContext.set_alpn_protocols()``; add ``"http/1.1"`` and so on if you can fall back to it.
    """
    count = ctypes.c_size_t()
    protocols = _abi.npn_get_proto_list(ctypes.byref(count))
    return [protocols[index].proto.decode("ascii") for index in range(count.value)]


def npn_get_version(proto: str) -> int:
    """Returns the version to give to :class:`Session` for the name of a protocol, or 0 if it is no SPDY version."""
    name = proto.encode("utf-8", "surrogateescape")
    version: int = _abi.npn_get_version(name, len(name))
    return version
