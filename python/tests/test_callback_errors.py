"""Exceptions raised in callbacks come out of the call that led to them."""

from __future__ import annotations

import struct
import traceback
from typing import Any

import pytest

import spdylay

from .pair import REQUEST, RESPONSE, Pair, body


class Boom(Exception):
    pass


def boom(*_arguments: Any) -> Any:
    raise Boom("raised in a callback")


def assert_comes_out_of(call: Any) -> None:
    with pytest.raises(Boom) as caught:
        call()
    names = [entry.name for entry in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-1] == "boom"
    assert "_drive" in names


@pytest.mark.parametrize("name", ["before_ctrl_send_cb", "on_ctrl_send_cb", "on_ctrl_not_send_cb", "on_data_send_cb"])
def test_sending(name: str, version: int) -> None:
    pair = Pair(version, client={name: boom})
    session = pair.client.session
    if name == "on_ctrl_not_send_cb":
        session.fail_session(spdylay.GOAWAY_OK)
    session.submit_request(0, REQUEST, body(b"hello"))
    assert_comes_out_of(session.data_to_send)


@pytest.mark.parametrize(
    "name",
    [
        "on_ctrl_recv_cb",
        "on_data_chunk_recv_cb",
        "on_data_recv_cb",
        "on_stream_remote_close_cb",
        "on_request_recv_cb",
        "on_stream_close_cb",
    ],
)
def test_receiving(name: str, version: int) -> None:
    pair = Pair(version, server={name: boom})
    pair.client.session.submit_request(0, REQUEST, body(b"hello"))
    if name == "on_stream_close_cb":
        pair.run()
        pair.client.session.submit_rst_stream(1, spdylay.CANCEL)
    wire = pair.client.session.data_to_send()
    assert_comes_out_of(lambda: pair.server.session.recv(wire))
    # All of the input was processed nevertheless.
    pair.client.session.submit_ping()
    if name == "on_ctrl_recv_cb":
        with pytest.raises(Boom):
            pair.server.session.recv(pair.client.session.data_to_send())
    else:
        pair.server.session.recv(pair.client.session.data_to_send())
        assert pair.server.frames(spdylay.PING)


def test_receiving_what_breaks_the_rules(version: int) -> None:
    names = ("on_invalid_ctrl_recv_cb", "on_unknown_ctrl_recv_cb", "on_ctrl_recv_parse_error_cb")
    pair = Pair(version, server=dict.fromkeys(names, boom))
    pair.client.session.submit_syn_stream(spdylay.CTRL_FLAG_UNIDIRECTIONAL, 0, REQUEST)
    wire = pair.client.session.data_to_send()
    assert_comes_out_of(lambda: pair.server.session.recv(wire))
    first = 0x8000 | min(version, 3)
    assert_comes_out_of(lambda: pair.server.session.recv(struct.pack(">HHI", first, 0x1234, 0)))
    assert_comes_out_of(lambda: pair.server.session.recv(struct.pack(">HHI", first, spdylay.PING, 0)))


def test_send_cb(version: int) -> None:
    fail = True
    wire: list[bytes] = []

    def send(_session: spdylay.Session, data: bytes) -> int:
        if fail:
            boom()
        wire.append(data)
        return len(data)

    pair = Pair(version, client={"send_cb": send})
    pair.client.session.submit_request(0, REQUEST)
    assert_comes_out_of(pair.client.session.send)
    fail = False
    pair.client.session.send()
    pair.server.session.recv(b"".join(wire))
    assert pair.server.frames(spdylay.SYN_STREAM)


def test_recv_cb(version: int) -> None:
    pair = Pair(version, server={"recv_cb": boom})
    assert_comes_out_of(pair.server.session.recv)


@pytest.mark.parametrize("error", [EOFError, spdylay.EOFError])
def test_end_of_file(error: type[Exception], version: int) -> None:
    def recv(_session: spdylay.Session, _length: int) -> bytes:
        raise error("that was all")

    pair = Pair(version, server={"recv_cb": recv})
    with pytest.raises(EOFError, match="that was all"):
        pair.server.session.recv()


def test_a_data_provider(version: int) -> None:
    pair = Pair(version)
    pair.client.session.submit_request(0, REQUEST, spdylay.DataProvider(None, boom))
    pair.client.session.submit_request(0, REQUEST)
    assert_comes_out_of(pair.client.session.data_to_send)
    pair.run()
    assert [frame.stream_id for frame in pair.server.frames(spdylay.SYN_STREAM)] == [1, 3]


def test_no_byte_is_lost_when_data_to_send_fails(version: int) -> None:
    def on_ctrl_send(_session: spdylay.Session, frame: spdylay.CtrlFrame) -> None:
        if frame.frame_type == spdylay.PING:
            raise Boom

    pair = Pair(version, client={"on_ctrl_send_cb": on_ctrl_send})
    pair.client.session.submit_ping()
    pair.client.session.submit_request(0, REQUEST, body(b"x" * 1000))
    with pytest.raises(Boom):
        pair.client.session.data_to_send()
    assert pair.client.session.want_write()
    pair.server.session.recv(pair.client.session.data_to_send(5))
    pair.run()
    assert pair.server.frames(spdylay.PING)
    assert pair.server.received(1) == b"x" * 1000


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_exceptions_that_are_no_errors(error: type[BaseException], version: int) -> None:
    def on_request(_session: spdylay.Session, _stream_id: int) -> None:
        raise error

    pair = Pair(version, server={"on_request_recv_cb": on_request})
    pair.client.session.submit_request(0, REQUEST)
    with pytest.raises(error):
        pair.run()


def test_the_first_of_several_comes_out_and_the_others_are_logged(
    version: int, caplog: pytest.LogCaptureFixture
) -> None:
    def on_request(_session: spdylay.Session, stream_id: int) -> None:
        raise Boom(stream_id)

    pair = Pair(version, server={"on_request_recv_cb": on_request})
    for _ in range(3):
        pair.client.session.submit_request(0, REQUEST)
    with pytest.raises(Boom, match="1"):
        pair.run()
    logged = [str(record.exc_info[1]) for record in caplog.records if record.exc_info]
    assert logged == ["3", "5"]


def test_an_exception_inside_a_nested_call_goes_to_the_callback(version: int) -> None:
    seen: list[BaseException] = []

    def on_request(session: spdylay.Session, stream_id: int) -> None:
        session.submit_response(stream_id, RESPONSE)
        try:
            session.send()
        except Boom as error:
            seen.append(error)

    pair = Pair(version, server={"on_request_recv_cb": on_request, "send_cb": boom})
    pair.client.session.submit_request(0, REQUEST)
    pair.server.session.recv(pair.client.session.data_to_send())
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("returned", "message"),
    [(b"x" * 5000, "may return 4096 bytes and returned 5000"), (7, "returned 7, which is neither")],
)
def test_wrong_results_of_read_cb(returned: Any, message: str, version: int) -> None:
    pair = Pair(version)
    pair.client.session.submit_request(0, REQUEST, spdylay.DataProvider(None, lambda *_arguments: returned))
    with pytest.raises(spdylay.CallbackFailureError, match=message):
        pair.run()


def test_an_error_code_from_read_cb(version: int) -> None:
    pair = Pair(version)
    provider = spdylay.DataProvider(None, lambda *_arguments: spdylay.ERR_CALLBACK_FAILURE)
    pair.client.session.submit_request(0, REQUEST, provider)
    with pytest.raises(spdylay.CallbackFailureError):
        pair.run()


@pytest.mark.parametrize("returned", [10**6, -1])
def test_wrong_results_of_send_cb(returned: int, version: int) -> None:
    pair = Pair(version, client={"send_cb": lambda _session, _data: returned})
    pair.client.session.submit_ping()
    with pytest.raises(spdylay.CallbackFailureError, match=f"returned {returned}"):
        pair.client.session.send()


def test_wrong_results_of_recv_cb(version: int) -> None:
    pair = Pair(version, client={"recv_cb": lambda _session, _length: b"x" * 10**6})
    with pytest.raises(spdylay.CallbackFailureError, match="recv_cb may return"):
        pair.client.session.recv()


def test_callbacks_that_are_missing(version: int) -> None:
    session = spdylay.Session(spdylay.CLIENT, version)
    session.submit_ping()
    with pytest.raises(spdylay.CallbackFailureError, match="send_cb"):
        session.send()
    with pytest.raises(spdylay.InvalidStateError, match="recv_cb"):
        session.recv()
