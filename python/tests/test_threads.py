"""Sessions and threads: one each is fine, one for two at the same time is refused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import spdylay

from .pair import REQUEST, RESPONSE, Pair, body


def test_one_session_in_each_of_many_threads(version: int) -> None:
    def work(number: int) -> int:
        data = b"%d" % number * 2000
        for _ in range(5):
            pair = Pair(version)
            for _ in range(5):
                pair.client.session.submit_request(0, REQUEST, body(data))
            pair.run()
            for (stream_id,) in pair.server.named("on_request_recv_cb"):
                pair.server.session.submit_response(stream_id, RESPONSE, body(pair.server.received(stream_id)))
            pair.run()
            assert [pair.client.received(stream_id) for stream_id in (1, 3, 5, 7, 9)] == [data] * 5
        return number

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(32))) == list(range(32))


def test_a_session_that_another_thread_is_using_refuses_every_call(version: int) -> None:
    entered, leave = threading.Event(), threading.Event()

    def on_request(_session: spdylay.Session, _stream_id: int) -> None:
        entered.set()
        assert leave.wait(30)

    pair = Pair(version, server={"on_request_recv_cb": on_request})
    pair.client.session.submit_request(0, REQUEST)
    wire = pair.client.session.data_to_send()
    thread = threading.Thread(target=pair.server.session.recv, args=(wire,))
    thread.start()
    assert entered.wait(30)
    session = pair.server.session
    calls: list[Any] = [
        session.send,
        lambda: session.recv(b"x"),
        session.data_to_send,
        lambda: session.resume_data(1),
        session.want_read,
        session.want_write,
        session.close,
        lambda: session.get_stream_user_data(1),
        lambda: session.set_stream_user_data(1, None),
        session.get_outbound_queue_size,
        lambda: session.get_stream_recv_data_length(1),
        lambda: session.fail_session(0),
        lambda: session.submit_request(0, REQUEST),
        lambda: session.submit_response(1, RESPONSE),
        lambda: session.submit_data(1, 0, body(b"x")),
        session.submit_ping,
        session.mem_send,
        lambda: session.submit_fin(1),
        lambda: session.set_recv_paused(True),
        lambda: session.get_stream_local_close(1),
        lambda: session.get_stream_remote_close(1),
        session.get_ping_rtt,
        lambda: session.keep_alive(0),
        session.shutdown,
    ]
    try:
        for call in calls:
            with pytest.raises(spdylay.SessionInUseError, match="another thread"):
                call()
    finally:
        leave.set()
        thread.join(30)
    session.submit_response(1, RESPONSE)
    pair.run()
    assert pair.client.closed() == {1: spdylay.OK}


def test_one_session_under_a_lock_may_serve_many_threads(version: int) -> None:
    pair = Pair(version)
    lock = threading.Lock()

    def work(_number: int) -> None:
        with lock:
            pair.client.session.submit_request(0, REQUEST, body(b"x" * 100))
            pair.run()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(100)))
    assert len(pair.server.named("on_request_recv_cb")) == 100


def test_an_unguarded_session_comes_to_no_harm(version: int) -> None:
    """Without a lock some calls are refused, and those that are not do what they should."""
    pair = Pair(version)
    refused = []
    done = []

    def work(_number: int) -> None:
        for _ in range(50):
            try:
                pair.client.session.submit_request(0, REQUEST, body(b"x"))
                done.append(1)
            except spdylay.SessionInUseError:
                refused.append(1)
            try:
                wire = pair.client.session.data_to_send()
            except spdylay.SessionInUseError:
                continue
            with lock:
                pieces.append(wire)

    lock = threading.Lock()
    pieces: list[bytearray] = []
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(done) + len(refused) == 400
    remaining = pair.client.session.data_to_send(10**7)
    assert sum(map(len, pieces)) + len(remaining) > len(done) * 20
