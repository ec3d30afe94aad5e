"""What a session does on the wire, as its callbacks see it."""

from __future__ import annotations

import gc
import struct
from typing import Any

import pytest

import spdylay
from spdylay import _abi

from .pair import REQUEST, RESPONSE, End, Pair, body


def test_a_request_and_its_response_arrive_whole(pair: Pair) -> None:
    pair.client.session.submit_request(1, REQUEST, body(b"ping" * 5000), stream_user_data="mine")
    pair.run()
    (syn_stream,) = pair.server.frames(spdylay.SYN_STREAM)
    assert type(syn_stream) is spdylay.SynStreamFrame
    assert sorted(syn_stream.nv) == sorted(REQUEST)
    assert (syn_stream.stream_id, syn_stream.assoc_stream_id, syn_stream.pri) == (1, 0, 1)
    assert (syn_stream.flags, syn_stream.slot) == (spdylay.CTRL_FLAG_NONE, 0)
    assert pair.server.received(1) == b"ping" * 5000
    assert pair.server.named("on_request_recv_cb") == [(1,)]

    pair.server.session.submit_response(1, RESPONSE, body(b"pong" * 5000))
    pair.run()
    (syn_reply,) = pair.client.frames(spdylay.SYN_REPLY)
    assert sorted(syn_reply.nv) == sorted(RESPONSE)
    assert pair.client.received(1) == b"pong" * 5000
    assert pair.client.closed() == pair.server.closed() == {1: spdylay.OK}


def test_frames_tell_their_version_type_and_length(pair: Pair, version: int) -> None:
    pair.client.session.submit_request(0, REQUEST)
    pair.run()
    (received,) = pair.server.frames(spdylay.SYN_STREAM)
    (sent,) = pair.client.named("on_ctrl_send_cb")[0]
    sent.nv.sort()
    received.nv.sort()
    assert sent == received
    assert received.version == min(version, 3)
    assert received.frame_type == spdylay.SYN_STREAM
    assert received.flags == spdylay.CTRL_FLAG_FIN
    assert received.length > 0


def test_a_header_with_several_values_is_several_pairs(pair: Pair) -> None:
    cookies = [("cookie", "a"), ("cookie", ""), ("cookie", "b")]
    pair.client.session.submit_request(0, REQUEST + cookies)
    pair.run()
    (frame,) = pair.server.frames(spdylay.SYN_STREAM)
    assert [pair for pair in frame.nv if pair[0] == "cookie"] == [("cookie", "a"), ("cookie", "b")]


def test_names_are_lower_cased_and_any_bytes_survive_as_text(pair: Pair) -> None:
    pair.client.session.submit_request(0, [*REQUEST, ("X-Greek", "αβγ"), (b"x-latin", b"caf\xe9")])
    pair.run()
    headers = dict(pair.server.frames(spdylay.SYN_STREAM)[0].nv)
    assert headers["x-greek"] == "αβγ"
    assert headers["x-latin"] == "caf\udce9"
    pair.server.session.submit_response(1, [*RESPONSE, ("x-latin", headers["x-latin"])])
    pair.run()
    assert dict(pair.client.frames(spdylay.SYN_REPLY)[0].nv)["x-latin"] == "caf\udce9"


def test_a_big_body_passes_the_flow_control_windows(pair: Pair) -> None:
    data = bytes(range(256)) * 4096
    pair.client.session.submit_request(0, REQUEST, body(data))
    pair.run()
    assert pair.server.received(1) == data


def test_hundreds_of_streams_at_once(pair: Pair) -> None:
    for number in range(500):
        pair.client.session.submit_request(number % 4, REQUEST, body(b"%d" % number * 50))
    pair.run()
    for (stream_id,) in pair.server.named("on_request_recv_cb"):
        pair.server.session.submit_response(stream_id, RESPONSE, body(pair.server.received(stream_id)))
    pair.run()
    assert len(pair.client.closed()) == 500
    assert all(pair.client.received(2 * number + 1) == b"%d" % number * 50 for number in range(500))


def test_streams_opened_by_hand(pair: Pair) -> None:
    pair.client.session.submit_syn_stream(spdylay.CTRL_FLAG_NONE, 2, REQUEST)
    pair.run()
    pair.client.session.submit_headers(spdylay.CTRL_FLAG_NONE, 1, [("x-more", "1")])
    pair.client.session.submit_data(1, spdylay.DATA_FLAG_NONE, body(b"one "))
    pair.run()
    pair.client.session.submit_data(1, spdylay.DATA_FLAG_FIN, body(b"two"))
    pair.server.session.submit_syn_reply(spdylay.CTRL_FLAG_NONE, 1, RESPONSE)
    pair.run()
    (headers,) = pair.server.frames(spdylay.HEADERS)
    assert (headers.stream_id, headers.nv) == (1, [("x-more", "1")])
    assert pair.server.received(1) == b"one two"
    assert [length for _flags, _stream, length in pair.server.named("on_data_recv_cb")] == [4, 3]
    pair.server.session.submit_headers(spdylay.CTRL_FLAG_FIN, 1, [("x-last", "1")])
    pair.run()
    assert pair.client.closed() == {1: spdylay.OK}


def test_server_push(pair: Pair) -> None:
    pair.client.session.submit_request(0, REQUEST)
    pair.run()
    flags = spdylay.CTRL_FLAG_UNIDIRECTIONAL
    pair.server.session.submit_syn_stream(flags, 1, REQUEST, assoc_stream_id=1, stream_user_data="push")
    pair.run()
    (pushed,) = pair.client.frames(spdylay.SYN_STREAM)
    assert (pushed.stream_id, pushed.assoc_stream_id) == (2, 1)
    assert pair.server.session.get_stream_user_data(2) == "push"
    pair.server.session.submit_data(2, spdylay.DATA_FLAG_FIN, body(b"pushed"))
    pair.run()
    assert pair.client.received(2) == b"pushed"
    assert pair.client.closed() == pair.server.closed() == {2: spdylay.OK}


def test_ping_settings_goaway_and_reset(pair: Pair, version: int) -> None:
    session = pair.client.session
    session.submit_request(0, REQUEST)
    session.submit_ping()
    session.submit_settings(
        spdylay.FLAG_SETTINGS_CLEAR_SETTINGS,
        [
            (spdylay.SETTINGS_MAX_CONCURRENT_STREAMS, spdylay.ID_FLAG_SETTINGS_PERSIST_VALUE, 2**32 - 1),
            (spdylay.SETTINGS_UPLOAD_BANDWIDTH, spdylay.ID_FLAG_SETTINGS_NONE, 7),
        ],
    )
    pair.run()
    (ping,) = pair.server.frames(spdylay.PING)
    assert ping.unique_id == 1
    assert pair.client.frames(spdylay.PING) == [ping]
    (settings,) = pair.server.frames(spdylay.SETTINGS)
    assert settings.flags == spdylay.FLAG_SETTINGS_CLEAR_SETTINGS
    assert settings.iv == [(1, 0, 7), (4, 1, 2**32 - 1)]

    pair.server.session.submit_rst_stream(1, spdylay.REFUSED_STREAM)
    pair.server.session.submit_goaway(spdylay.GOAWAY_INTERNAL_ERROR)
    pair.run()
    (reset,) = pair.client.frames(spdylay.RST_STREAM)
    assert (reset.stream_id, reset.status_code) == (1, spdylay.REFUSED_STREAM)
    assert pair.client.closed() == {1: spdylay.REFUSED_STREAM}
    (goaway,) = pair.client.frames(spdylay.GOAWAY)
    status = spdylay.GOAWAY_OK if version == spdylay.PROTO_SPDY2 else spdylay.GOAWAY_INTERNAL_ERROR
    assert (goaway.last_good_stream_id, goaway.status_code) == (1, status)
    assert not session.want_read()
    assert not session.want_write()


def test_window_updates_by_hand() -> None:
    pair = Pair(spdylay.PROTO_SPDY3)
    pair.server.session.set_option(spdylay.OPT_NO_AUTO_WINDOW_UPDATE, 1)
    pair.client.session.submit_request(0, REQUEST, body(b"x" * 100_000))
    pair.run()
    assert len(pair.server.received(1)) == spdylay.INITIAL_WINDOW_SIZE
    assert pair.server.session.get_stream_recv_data_length(1) == spdylay.INITIAL_WINDOW_SIZE
    pair.server.session.submit_window_update(1, spdylay.INITIAL_WINDOW_SIZE)
    pair.run()
    assert len(pair.server.received(1)) == 100_000
    (update,) = pair.client.frames(spdylay.WINDOW_UPDATE)
    assert (update.stream_id, update.delta_window_size) == (1, spdylay.INITIAL_WINDOW_SIZE)


def test_consuming_opens_the_windows() -> None:
    pair = Pair(spdylay.PROTO_SPDY3_1)
    pair.server.session.set_option(spdylay.OPT_NO_AUTO_WINDOW_UPDATE2, 1)
    pair.client.session.submit_request(0, REQUEST, body(b"x" * 100_000))
    pair.run()
    assert len(pair.server.received(1)) == spdylay.INITIAL_WINDOW_SIZE
    assert pair.server.session.get_recv_data_length() == spdylay.INITIAL_WINDOW_SIZE
    pair.server.session.consume(1, spdylay.INITIAL_WINDOW_SIZE)
    pair.run()
    assert len(pair.server.received(1)) == 100_000
    assert {frame.stream_id for frame in pair.client.frames(spdylay.WINDOW_UPDATE)} == {0, 1}


def test_consume_needs_its_option(pair: Pair) -> None:
    with pytest.raises(spdylay.InvalidStateError):
        pair.server.session.consume(1, 1)
    pair.server.session.set_option(spdylay.OPT_NO_AUTO_WINDOW_UPDATE2, 1)
    pair.server.session.consume(1, 1)


def test_deferred_data_waits_until_it_is_resumed(pair: Pair) -> None:
    pieces: list[bytes] = []

    def read(_session: Any, _stream_id: int, _length: int, control: spdylay.ReadCtrl, source: list[bytes]) -> Any:
        if not source:
            return spdylay.ERR_DEFERRED
        piece = source.pop(0)
        if piece == b"end":
            control.flags = spdylay.READ_EOF
        return piece

    session = pair.client.session
    assert not session.resume_data(1)
    session.submit_request(0, REQUEST, spdylay.DataProvider(pieces, read))
    pair.run()
    assert not session.want_write()
    for piece in (b"first ", bytearray(b"second "), memoryview(b"third "), b"end"):
        pieces.append(bytes(piece) if piece == b"end" else piece)  # type: ignore[arg-type]
        assert session.resume_data(1)
        pair.run()
    assert pair.server.received(1) == b"first second third end"
    assert not session.resume_data(1)


def test_a_provider_may_give_up_its_stream(pair: Pair) -> None:
    def read(*_arguments: Any) -> bytes:
        raise spdylay.TemporalCallbackFailureError

    pair.client.session.submit_request(0, REQUEST, spdylay.DataProvider(None, read))
    pair.client.session.submit_request(0, REQUEST)
    pair.run()
    assert pair.client.closed() == {1: spdylay.INTERNAL_ERROR}
    assert pair.server.named("on_request_recv_cb") == [(3,)]


def test_requests_after_goaway_are_refused(pair: Pair) -> None:
    pair.client.session.submit_goaway(spdylay.GOAWAY_OK)
    pair.run()
    pair.client.session.submit_request(0, REQUEST, stream_user_data="mine")
    pair.run()
    ((frame, error_code),) = pair.client.named("on_ctrl_not_send_cb")
    assert frame.frame_type == spdylay.SYN_STREAM
    assert error_code == spdylay.ERR_SYN_STREAM_NOT_ALLOWED
    assert pair.client.closed() == {1: spdylay.INTERNAL_ERROR}


def test_frames_that_break_the_rules_are_reported(pair: Pair, version: int) -> None:
    wire_version = min(version, 3)
    unknown = struct.pack(">HHI", 0x8000 | wire_version, 0x1234, 3) + b"abc"
    pair.server.session.recv(unknown)
    assert pair.server.named("on_unknown_ctrl_recv_cb") == [(unknown[:8], b"abc")]

    pair.client.session.submit_request(0, REQUEST)
    wire = pair.client.session.data_to_send()
    pair.server.session.recv(wire)
    again = struct.pack(">HHII", 0x8000 | wire_version, spdylay.RST_STREAM, 8, 9) + b"\0\0\0\5"
    pair.server.session.recv(again)

    malformed = struct.pack(">HHI", 0x8000 | wire_version, spdylay.PING, 1) + b"x"
    pair.server.session.recv(malformed)
    assert pair.server.named("on_ctrl_recv_parse_error_cb") == [
        (spdylay.PING, malformed[:8], b"x", spdylay.ERR_INVALID_FRAME)
    ]


def test_an_invalid_frame_shows_its_headers_and_the_status(version: int) -> None:
    pair = Pair(version)
    flags = spdylay.CTRL_FLAG_UNIDIRECTIONAL
    pair.client.session.submit_syn_stream(flags, 0, REQUEST)
    pair.run()
    ((frame, status_code),) = pair.server.named("on_invalid_ctrl_recv_cb")
    assert status_code == spdylay.PROTOCOL_ERROR
    assert sorted(frame.nv) == sorted(REQUEST)


def test_headers_too_large_to_be_decoded_are_empty(pair: Pair) -> None:
    pair.server.session.set_option(spdylay.OPT_MAX_RECV_CTRL_FRAME_BUFFER, 8192)
    pair.client.session.submit_request(0, [*REQUEST, ("x-large", "x" * 9000)])
    pair.run()
    ((frame, status_code),) = pair.server.named("on_invalid_ctrl_recv_cb")
    assert status_code == spdylay.FRAME_TOO_LARGE
    assert frame.nv == []


def test_priorities_are_cut_to_the_lowest(pair: Pair, version: int) -> None:
    lowest = 3 if version == spdylay.PROTO_SPDY2 else 7
    assert pair.client.session.get_pri_lowest() == lowest
    pair.client.session.submit_request(200, REQUEST)
    pair.run()
    assert pair.server.frames(spdylay.SYN_STREAM)[0].pri == lowest


def test_the_queue_is_counted(pair: Pair) -> None:
    session = pair.client.session
    session.submit_ping()
    session.submit_request(0, REQUEST)
    assert session.get_outbound_queue_size() == 2
    assert session.want_write()
    pair.run()
    assert session.get_outbound_queue_size() == 0
    assert not session.want_write()


def test_user_data_of_streams(pair: Pair) -> None:
    session = pair.client.session
    session.submit_request(0, REQUEST, stream_user_data="mine")
    assert session.get_stream_user_data(1) is None
    pair.run()
    assert session.get_stream_user_data(1) == "mine"
    session.set_stream_user_data(1, "changed")
    assert session.get_stream_user_data(1) == "changed"
    pair.server.session.set_stream_user_data(1, "theirs")
    assert pair.server.session.get_stream_user_data(1) == "theirs"
    assert session.get_stream_user_data(3) is None
    with pytest.raises(spdylay.InvalidArgumentError):
        session.set_stream_user_data(3, "nothing")


def test_user_data_is_readable_from_before_send_to_close(version: int) -> None:
    seen: list[tuple[str, Any]] = []

    def before(session: spdylay.Session, frame: Any) -> None:
        seen.append(("before", session.get_stream_user_data(frame.stream_id)))

    def close(session: spdylay.Session, stream_id: int, _status: int) -> None:
        seen.append(("close", session.get_stream_user_data(stream_id)))

    pair = Pair(version, client={"before_ctrl_send_cb": before, "on_stream_close_cb": close})
    pair.client.session.submit_request(0, REQUEST, stream_user_data="mine")
    pair.run()
    pair.server.session.submit_response(1, RESPONSE)
    pair.run()
    assert seen == [("before", "mine"), ("close", "mine")]
    assert pair.client.session.get_stream_user_data(1) is None


def test_send_and_recv_callbacks_carry_the_bytes(version: int) -> None:
    wire: list[bytes] = []

    def send(_session: spdylay.Session, data: bytes) -> int:
        if len(wire) % 3 == 2:
            wire.append(b"")
            return 0
        wire.append(data[:7])
        return len(wire[-1])

    def recv(_session: spdylay.Session, length: int) -> bytes | None:
        assert length >= 7
        while wire:
            data = wire.pop(0)
            if data:
                return data
        return None

    client = spdylay.Session(spdylay.CLIENT, version, send_cb=send)
    server = End(spdylay.SERVER, version, recv_cb=recv)
    client.submit_request(0, REQUEST, body(b"hello"))
    while client.want_write():
        client.send()
    server.session.recv()
    assert server.received(1) == b"hello"


def test_any_buffer_can_be_received(pair: Pair) -> None:
    pair.client.session.submit_request(0, REQUEST, body(b"x" * 100))
    wire = bytes(pair.client.session.data_to_send())
    cuts = (wire[:10], bytearray(wire[10:20]), memoryview(wire[20:30]), memoryview(bytearray(wire[30:])), b"")
    for piece in cuts:
        pair.server.session.recv(piece)
    pair.server.session.recv(bytearray())
    assert pair.server.received(1) == b"x" * 100


def test_a_part_of_a_larger_buffer_can_be_received(pair: Pair) -> None:
    pair.client.session.submit_request(0, REQUEST)
    wire = pair.client.session.data_to_send()
    room = bytearray(1000)
    room[: len(wire)] = wire
    pair.server.session.recv(memoryview(room)[: len(wire)])
    assert pair.server.frames(spdylay.SYN_STREAM)
    room.extend(b"the buffer is free again")


def test_data_to_send_keeps_to_its_limit(pair: Pair) -> None:
    pair.client.session.submit_request(0, REQUEST, body(b"x" * 10_000))
    pieces = []
    while True:
        piece = pair.client.session.data_to_send(100)
        assert len(piece) <= 100
        if not piece:
            break
        pieces.append(piece)
    assert not pair.client.session.want_write()
    pair.server.session.recv(b"".join(pieces))
    assert pair.server.received(1) == b"x" * 10_000
    with pytest.raises(spdylay.InvalidArgumentError):
        pair.client.session.data_to_send(0)


needs_new_library = pytest.mark.skipif(_abi.session_mem_send is None, reason="the library is too old")


@needs_new_library
def test_mem_send_returns_frame_by_frame(pair: Pair) -> None:
    pair.client.session.submit_request(0, REQUEST, body(b"x" * 10_000))
    sizes = []
    while data := pair.client.session.mem_send():
        assert isinstance(data, bytes)
        sizes.append(len(data))
        pair.server.session.recv(data)
    assert sizes[1:] == [4104, 4104, 1816]
    assert pair.server.received(1) == b"x" * 10_000
    assert len(pair.client.named("on_data_send_cb")) == 3


@needs_new_library
def test_mem_send_and_the_other_ways_to_send_take_turns(pair: Pair) -> None:
    pair.client.session.submit_request(0, REQUEST, body(b"x" * 10_000))
    wire = pair.client.session.data_to_send(50) + pair.client.session.mem_send()
    wire += pair.client.session.mem_send() + pair.client.session.data_to_send()
    pair.server.session.recv(wire)
    assert pair.server.received(1) == b"x" * 10_000


@needs_new_library
def test_larger_frames(pair: Pair) -> None:
    pair.client.session.set_option(spdylay.OPT_MAX_DATA_PAYLOAD, 20_000)
    pair.client.session.submit_request(0, REQUEST, body(b"x" * 50_000))
    pair.run()
    lengths = [length for _flags, _stream, length in pair.server.named("on_data_recv_cb")]
    assert lengths == [20_000, 20_000, 10_000]
    for wrong in (0, 2**24):
        with pytest.raises(spdylay.InvalidArgumentError):
            pair.client.session.set_option(spdylay.OPT_MAX_DATA_PAYLOAD, wrong)


@needs_new_library
def test_without_flow_control(pair: Pair) -> None:
    for end in (pair.client, pair.server):
        end.session.set_option(spdylay.OPT_NO_FLOW_CONTROL, 1)
    pair.client.session.submit_request(0, REQUEST, body(b"x" * 1_000_000))
    pair.run()
    assert pair.server.received(1) == b"x" * 1_000_000
    assert pair.client.frames(spdylay.WINDOW_UPDATE) == []


def test_a_failed_session_stops(pair: Pair) -> None:
    pair.client.session.submit_request(0, REQUEST)
    pair.run()
    pair.client.session.fail_session(spdylay.GOAWAY_PROTOCOL_ERROR)
    pair.run()
    assert pair.server.frames(spdylay.GOAWAY)
    assert not pair.client.session.want_read()
    assert not pair.client.session.want_write()


def test_closing(version: int) -> None:
    with spdylay.Session(spdylay.CLIENT, version) as session:
        session.submit_ping()
        assert not session.closed
    assert session.closed
    session.close()
    with pytest.raises(spdylay.InvalidStateError, match="closed"):
        session.submit_ping()
    with pytest.raises(spdylay.InvalidStateError, match="closed"):
        session.recv(b"")
    del session
    gc.collect()


def test_closing_inside_a_callback_is_the_end(version: int) -> None:
    calls: list[str] = []

    def on_ctrl_recv(session: spdylay.Session, _frame: Any) -> None:
        calls.append("ctrl")
        session.close()

    def on_request(_session: spdylay.Session, _stream_id: int) -> None:
        calls.append("request")

    pair = Pair(version, server={"on_ctrl_recv_cb": on_ctrl_recv, "on_request_recv_cb": on_request})
    pair.client.session.submit_request(0, REQUEST)
    pair.client.session.submit_request(0, REQUEST)
    pair.server.session.recv(pair.client.session.data_to_send())
    assert calls == ["ctrl"]
    assert pair.server.session.closed


def test_calls_inside_callbacks(version: int) -> None:
    wire: list[bytes] = []

    def send(_session: spdylay.Session, data: bytes) -> int:
        wire.append(data)
        return len(data)

    def on_request(session: spdylay.Session, stream_id: int) -> None:
        session.submit_response(stream_id, RESPONSE, body(b"from inside"))
        session.send()
        with pytest.raises(spdylay.InvalidStateError):
            session.recv(b"")

    pair = Pair(version, server={"send_cb": send, "on_request_recv_cb": on_request})
    pair.client.session.submit_request(0, REQUEST)
    pair.server.session.recv(pair.client.session.data_to_send())
    pair.client.session.recv(b"".join(wire))
    assert pair.client.received(1) == b"from inside"
