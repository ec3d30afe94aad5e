"""Names, numbers and arguments: what the package offers, and what it refuses."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from typing import Any

import pytest

import spdylay
from spdylay import _abi, constants, frames

from .pair import REQUEST, RESPONSE, body

ROOT = Path(__file__).parents[2]
HEADER = ROOT / "include/spdylay/spdylay.h"
in_repository = pytest.mark.skipif(not HEADER.exists(), reason="needs the sources of the library")

# In C only.
NOT_IN_PYTHON = {"MSG_MORE", "MAX_SCHEME", "MAX_HOSTNAME"}
# In Python only.
NOT_IN_C = {"CLIENT", "SERVER", "READ_EOF"}


@in_repository
def test_every_constant_of_the_header_is_there_and_right() -> None:
    text = HEADER.read_text()
    in_c = {name: int(value) for name, value in re.findall(r"^  SPDYLAY_(\w+) = (-?\d+),$", text, re.MULTILINE)}
    macros = {
        name: int(eval(value.replace("u", "")))
        for name, value in re.findall(r"^#define SPDYLAY_(\w+) ([\d(][^\n]*)$", text, re.MULTILINE)
    }
    in_c.update(macros, SETTINGS_MAX=8)
    in_python = {name: getattr(spdylay, name) for name in vars(constants) if name.isupper()}
    assert in_python.keys() - NOT_IN_C == in_c.keys() - NOT_IN_PYTHON
    assert all(in_c[name] == value for name, value in in_python.items() if name in in_c)


@in_repository
def test_the_versions_of_the_package_and_the_library_agree() -> None:
    manifest = (ROOT / "Cargo.toml").read_text()
    match = re.search(r'^version = "(.*)"', manifest, re.MULTILINE)
    assert match
    assert match[1] == spdylay.__version__


# What the C interface has on machines with pointers of 64 bits.
@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="other sizes here")
@pytest.mark.parametrize(
    ("structure", "size"),
    [
        (_abi.CtrlHd, 12),
        (_abi.SynStream, 32),
        (_abi.SynReply, 24),
        (_abi.Headers, 24),
        (_abi.RstStream, 20),
        (_abi.SettingsEntry, 12),
        (_abi.Settings, 32),
        (_abi.Ping, 16),
        (_abi.Goaway, 20),
        (_abi.WindowUpdate, 20),
        (_abi.DataProvider, 16),
        (_abi.NpnProto, 16),
        (_abi.SessionCallbacks, 136),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_structures_have_the_size_they_have_in_c(structure: type[ctypes.Structure], size: int) -> None:
    assert ctypes.sizeof(structure) == size


def test_every_type_of_frame_has_a_class() -> None:
    names = ["SynStream", "SynReply", "RstStream", "Settings", "Ping", "Goaway", "Headers", "WindowUpdate"]
    for name in names:
        assert issubclass(getattr(spdylay, name + "Frame"), spdylay.CtrlFrame)
    assert len(frames._BY_TYPE) == len(names)


def test_protocols() -> None:
    assert spdylay.get_npn_protocols() == ["spdy/3.1", "spdy/3", "spdy/2"]
    versions = [spdylay.npn_get_version(name) for name in spdylay.get_npn_protocols()]
    assert versions == [spdylay.PROTO_SPDY3_1, spdylay.PROTO_SPDY3, spdylay.PROTO_SPDY2]
    assert [spdylay.npn_get_version(name) for name in ("http/1.1", "", "SPDY/3", "h2", "ñ")] == [0] * 5


def test_errors_have_texts_and_codes() -> None:
    assert spdylay.strerror(0) != spdylay.strerror(spdylay.ERR_ZLIB)
    error = spdylay.StreamClosedError()
    assert str(error) == spdylay.strerror(spdylay.ERR_STREAM_CLOSED)
    assert error.code == spdylay.ERR_STREAM_CLOSED
    assert str(spdylay.InvalidArgumentError("what is wrong")) == "what is wrong"
    assert issubclass(spdylay.InvalidArgumentError, ValueError)
    assert issubclass(spdylay.NoMemoryError, MemoryError)
    assert spdylay.EOFError is EOFError


@pytest.mark.parametrize("version", [0, 1, 5, 65535])
def test_unknown_versions(version: int) -> None:
    with pytest.raises(spdylay.UnsupportedVersionError):
        spdylay.Session(spdylay.CLIENT, version)


@pytest.mark.parametrize(("side", "version"), [(0, 4), (3, 4), (1, -1), (1, 65540)])
def test_sessions_that_cannot_be(side: int, version: int) -> None:
    with pytest.raises(spdylay.InvalidArgumentError):
        spdylay.Session(side, version)


@pytest.mark.parametrize(
    "nv",
    [
        [("", "value")],
        [("name\n", "value")],
        [("näme", "value")],
        [("name", None)],
        [(None, "value")],
        [("name", 1)],
        [("name", "a\0b")],
        [("name\0", "a")],
        [("name", b"a\0b")],
    ],
    ids=str,
)
def test_headers_that_cannot_be_sent(nv: Any, version: int) -> None:
    client = spdylay.Session(spdylay.CLIENT, version)
    calls: list[Any] = [
        lambda: client.submit_request(0, nv),
        lambda: client.submit_request(0, nv, body(b"x")),
        lambda: client.submit_syn_stream(0, 0, nv),
        lambda: client.submit_response(1, nv),
        lambda: client.submit_response(1, nv, body(b"x")),
        lambda: client.submit_syn_reply(0, 1, nv),
        lambda: client.submit_headers(0, 1, nv),
    ]
    for call in calls:
        with pytest.raises(spdylay.InvalidArgumentError):
            call()
    assert client.get_outbound_queue_size() == 0
    assert not client._sources._by_stream
    # No id was used up.
    client.submit_request(0, REQUEST, stream_user_data="first")
    client.data_to_send()
    assert client.get_stream_user_data(1) == "first"


def test_numbers_out_of_range(version: int) -> None:
    session = spdylay.Session(spdylay.CLIENT, version)
    calls: list[Any] = [
        lambda: session.submit_request(-1, REQUEST),
        lambda: session.submit_request(256, REQUEST),
        lambda: session.submit_syn_stream(256, 0, REQUEST),
        lambda: session.submit_syn_stream(0, 0, REQUEST, assoc_stream_id=-1),
        lambda: session.submit_response(2**31, RESPONSE),
        lambda: session.submit_rst_stream(-1, 0),
        lambda: session.submit_rst_stream(1, 2**32),
        lambda: session.submit_goaway(-1),
        lambda: session.fail_session(2**32),
        lambda: session.submit_window_update(0, 0),
        lambda: session.submit_window_update(0, -1),
        lambda: session.submit_window_update(0, 2**31),
        lambda: session.submit_settings(0, [(0, 0, 0)]),
        lambda: session.submit_settings(0, [(9, 0, 0)]),
        lambda: session.submit_settings(0, [(-1, 0, 0)]),
        lambda: session.submit_settings(0, [(4, 0, 1), (4, 0, 2)]),
        lambda: session.submit_settings(0, [(4, 0, 2**32)]),
        lambda: session.submit_settings(0, [(4, 256, 0)]),
        lambda: session.set_option(0, 1),
        lambda: session.set_option(spdylay.OPT_MAX_RECV_CTRL_FRAME_BUFFER, 8191),
        lambda: session.set_option(spdylay.OPT_MAX_RECV_CTRL_FRAME_BUFFER, 2**24),
        lambda: session.set_option(spdylay.OPT_NO_AUTO_WINDOW_UPDATE, -1),
        lambda: session.consume(0, 1),
        lambda: session.get_stream_user_data(-1),
    ]
    for call in calls:
        with pytest.raises((spdylay.InvalidArgumentError, spdylay.InvalidStateError)):
            call()
    session.submit_settings(0, [])
    with pytest.raises(spdylay.StreamClosedError):
        session.submit_window_update(1, 1)
    with pytest.raises(spdylay.StreamClosedError):
        session.get_stream_recv_data_length(1)


def test_data_needs_a_provider(version: int) -> None:
    session = spdylay.Session(spdylay.CLIENT, version)
    for wrong in (b"bytes", object()):
        with pytest.raises(TypeError, match="not a DataProvider"):
            session.submit_request(0, REQUEST, wrong)  # type: ignore[arg-type]


def test_positional_arguments_keep_their_order(version: int) -> None:
    def send(_session: spdylay.Session, data: bytes) -> int:
        sent.append(data)
        return len(data)

    sent: list[bytes] = []
    session = spdylay.Session(spdylay.CLIENT, version, None, send)
    session.submit_ping()
    session.send()
    assert sent
