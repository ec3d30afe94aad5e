"""What libspdylay 1.4 does not have, besides mem_send and two of the options, which the tests of sessions are about."""

from __future__ import annotations

from typing import Any

import pytest

import spdylay
from spdylay import _abi

from .pair import REQUEST, RESPONSE, Pair, body


def deferred(*_arguments: Any) -> int:
    return spdylay.ERR_DEFERRED


def test_a_library_without_a_function_says_so_when_it_is_called() -> None:
    function = _abi._new_function("session_no_such_thing", None)
    with pytest.raises(NotImplementedError, match="has no spdylay_session_no_such_thing"):
        function()
    with pytest.raises(ImportError, match="is not a libspdylay"):
        _abi._function("session_no_such_thing", None)


def test_halves_of_a_stream(version: int) -> None:
    halves: list[tuple[int, bool, bool]] = []

    def on_remote_close(session: spdylay.Session, stream_id: int) -> None:
        local, remote = session.get_stream_local_close(stream_id), session.get_stream_remote_close(stream_id)
        halves.append((stream_id, local, remote))

    ends = {"on_stream_remote_close_cb": on_remote_close}
    pair = Pair(version, ends, ends)
    client, server = pair.client.session, pair.server.session
    client.submit_request(0, REQUEST, body(b"x"))
    pair.run()
    assert halves == [(1, False, True)]
    assert client.get_stream_local_close(1)
    assert not client.get_stream_remote_close(1)
    server.submit_response(1, RESPONSE)
    pair.run()
    assert halves == [(1, False, True), (1, True, True)]
    for ask in (client.get_stream_local_close, client.get_stream_remote_close):
        with pytest.raises(spdylay.StreamClosedError):
            ask(1)


def test_fin_cuts_off_a_body_that_waits(version: int) -> None:
    pair = Pair(version)
    pair.client.session.submit_request(0, REQUEST, spdylay.DataProvider(None, deferred))
    pair.run()
    assert not pair.server.named("on_request_recv_cb")
    pair.client.session.submit_fin(1)
    pair.run()
    assert pair.server.named("on_request_recv_cb") == [(1,)]
    assert pair.client.session.get_stream_local_close(1)


def test_pausing_in_a_callback_leaves_the_rest_of_the_input(version: int) -> None:
    def on_request(session: spdylay.Session, _stream_id: int) -> None:
        requests.append(_stream_id)
        session.set_recv_paused(True)

    requests: list[int] = []
    pair = Pair(version, server={"on_request_recv_cb": on_request})
    for _ in range(3):
        pair.client.session.submit_request(0, REQUEST)
    wire = memoryview(pair.client.session.data_to_send())
    server = pair.server.session
    for count in (1, 2, 3):
        wire = wire[server.recv(wire) :]
        assert len(requests) == count
        assert not server.want_read()
        assert server.recv(wire) == 0
        server.set_recv_paused(False)
    assert not wire
    assert server.want_read()


def test_pausing_without_data_keeps_the_rest(version: int) -> None:
    def on_request(session: spdylay.Session, stream_id: int) -> None:
        requests.append(stream_id)
        session.set_recv_paused(True)

    def recv(_session: spdylay.Session, length: int) -> bytearray:
        assert length >= len(wire)
        piece = wire[:]
        del wire[:]
        return piece

    requests: list[int] = []
    pair = Pair(version, server={"on_request_recv_cb": on_request, "recv_cb": recv})
    pair.client.session.submit_request(0, REQUEST)
    pair.client.session.submit_request(0, REQUEST)
    wire = pair.client.session.data_to_send()
    pair.server.session.recv()
    assert requests == [1]
    pair.server.session.set_recv_paused(False)
    pair.server.session.recv()
    assert requests == [1, 3]


def test_shutdown_sends_everything_and_then_goaway(version: int) -> None:
    pair = Pair(version)
    client, server = pair.client, pair.server
    client.session.submit_request(0, REQUEST, body(b"x" * 10_000))
    client.session.submit_request(0, REQUEST)
    pair.run()
    server.session.submit_response(1, RESPONSE, body(b"y" * 10_000))
    server.session.shutdown(spdylay.GOAWAY_INTERNAL_ERROR)
    pair.run()
    assert client.received(1) == b"y" * 10_000
    (goaway,) = client.frames(spdylay.GOAWAY)
    assert goaway.status_code == (0 if version == spdylay.PROTO_SPDY2 else spdylay.GOAWAY_INTERNAL_ERROR)
    assert client.events[-1] == ("on_ctrl_recv_cb", goaway)
    assert not server.session.want_read()
    assert not server.session.want_write()
    assert 3 not in server.closed()


def test_pings_are_timed(version: int) -> None:
    pair = Pair(version)
    assert pair.client.session.get_ping_rtt() is None
    assert pair.client.session.keep_alive(0) == 0
    pair.run()
    assert len(pair.server.frames(spdylay.PING)) == 1
    rtt = pair.client.session.get_ping_rtt()
    assert rtt is not None
    assert 0 <= rtt < 60_000_000
    assert pair.client.session.keep_alive(3_600_000) < 60_000
    pair.run()
    assert len(pair.server.frames(spdylay.PING)) == 1
    with pytest.raises(spdylay.InvalidArgumentError):
        pair.client.session.keep_alive(-1)


def test_rules_of_http(version: int) -> None:
    pair = Pair(version)
    pair.client.session.submit_request(0, [("streamtype", "error")])
    pair.run()
    assert pair.server.named("on_request_recv_cb") == [(1,)]
    pair.server.session.set_option(spdylay.OPT_HTTP_RULES, 1)
    pair.client.session.submit_request(0, [("streamtype", "error")])
    pair.run()
    ((frame, status_code),) = pair.server.named("on_invalid_ctrl_recv_cb")
    assert (frame.stream_id, status_code) == (3, spdylay.PROTOCOL_ERROR)
    assert pair.client.closed() == {3: spdylay.PROTOCOL_ERROR}
    pair.client.session.set_option(spdylay.OPT_HTTP_RULES, 1)
    with pytest.raises(spdylay.InvalidArgumentError):
        pair.client.session.submit_request(0, [("streamtype", "error")])
