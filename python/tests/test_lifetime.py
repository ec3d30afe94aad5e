"""What the session keeps alive and for how long, and collecting garbage at awkward moments."""

from __future__ import annotations

import gc
import os
import random
import sys
import weakref
from typing import Any

import pytest

import spdylay

from .pair import REQUEST, RESPONSE, Pair, body, collect

ROUNDS = 50 if os.environ.get("CI") == "true" else 20


class Thing:
    """Something that can be watched."""


def watched_body(data: bytes) -> tuple[spdylay.DataProvider, weakref.ref[spdylay.DataProvider]]:
    provider = body(data)
    return provider, weakref.ref(provider)


def test_the_application_need_not_hold_anything(pair: Pair) -> None:
    def submit(session: spdylay.Session) -> weakref.ref[Thing]:
        thing = Thing()
        session.submit_request(0, list(REQUEST), body(b"x" * 10_000), stream_user_data=thing)
        return weakref.ref(thing)

    thing = submit(pair.client.session)
    collect()
    pair.run()
    collect()
    assert pair.server.received(1) == b"x" * 10_000
    assert thing() is not None
    assert pair.client.session.get_stream_user_data(1) is thing()


def test_everything_is_let_go_when_the_stream_ends(pair: Pair) -> None:
    request, request_ref = watched_body(b"request")
    response, response_ref = watched_body(b"response")
    thing = Thing()
    thing_ref = weakref.ref(thing)
    pair.client.session.submit_request(0, REQUEST, request, stream_user_data=thing)
    del request, thing
    pair.run()
    pair.server.session.submit_response(1, RESPONSE, response)
    del response
    pair.run()
    collect()
    assert pair.client.closed() == {1: spdylay.OK}
    assert request_ref() is response_ref() is None
    assert thing_ref() is None


def test_a_provider_is_let_go_with_its_last_byte(pair: Pair) -> None:
    provider, provider_ref = watched_body(b"request")
    pair.client.session.submit_request(0, REQUEST, provider)
    del provider
    pair.run()
    collect()
    assert provider_ref() is None
    assert not pair.client.closed()


@pytest.mark.parametrize("how", ["reset", "cancel", "refuse", "too large", "never there", "peer"])
def test_a_provider_that_is_not_read_to_its_end_is_let_go(pair: Pair, how: str) -> None:
    provider, provider_ref = watched_body(b"x" * 10**6)
    session = pair.client.session
    thing = Thing()
    thing_ref = weakref.ref(thing)
    if how == "refuse":
        session.submit_goaway(spdylay.GOAWAY_OK)
        session.data_to_send()
    if how == "never there":
        session.submit_data(77, spdylay.DATA_FLAG_FIN, provider)
    else:
        nv = [*REQUEST, ("x", "x" * 2**24)] if how == "too large" else REQUEST
        session.submit_request(0, nv, provider, stream_user_data=thing)
    del provider, thing
    if how == "cancel":
        session.submit_rst_stream(1, spdylay.CANCEL)
    session.data_to_send(5000)
    if how == "reset":
        session.submit_rst_stream(1, spdylay.CANCEL)
    if how == "peer":
        pair.server.session.submit_rst_stream(1, spdylay.CANCEL)
        session.recv(pair.server.session.data_to_send())
    while session.data_to_send(10**6):
        pass
    collect()
    assert provider_ref() is None
    assert thing_ref() is None
    assert not session._sources._by_stream
    assert not session._stream_user_data


def test_data_for_a_stream_that_comes_to_be_later_is_kept(version: int) -> None:
    pair = Pair(version)
    # The reply is submitted before its request is there, and stays in the queue meanwhile.
    pair.server.session.submit_response(1, RESPONSE, body(b"early"))
    pair.client.session.submit_request(0, REQUEST)
    collect()
    pair.server.session.recv(pair.client.session.data_to_send())
    pair.run()
    assert pair.client.received(1) == b"early"
    assert not pair.server.session._unopened


def test_closing_lets_go_of_everything(version: int) -> None:
    thing = Thing()
    thing_ref = weakref.ref(thing)
    pair = Pair(version)
    pair.client.session.submit_request(0, REQUEST, body(b"x"), stream_user_data=thing)
    del thing
    pair.run()
    session_ref = weakref.ref(pair.client.session)
    del pair
    collect()
    assert session_ref() is None
    assert thing_ref() is None


def test_a_session_in_a_cycle_is_collected(version: int) -> None:
    def make() -> weakref.ref[spdylay.Session]:
        things: dict[str, Any] = {}

        def on_ctrl_send(_session: spdylay.Session, frame: Any) -> None:
            things["frame"] = frame

        session = spdylay.Session(spdylay.CLIENT, version, on_ctrl_send_cb=on_ctrl_send, user_data=things)
        things["session"] = session
        session.submit_request(0, REQUEST, body(b"x"), stream_user_data=session)
        session.data_to_send()
        return weakref.ref(session)

    session_ref = make()
    collect()
    assert session_ref() is None


def test_an_exception_leaves_no_cycle(version: int) -> None:
    def make() -> weakref.ref[spdylay.Session]:
        def on_request(_session: spdylay.Session, _stream_id: int) -> None:
            raise KeyError

        client = spdylay.Session(spdylay.CLIENT, version)
        client.submit_request(0, REQUEST)
        server = spdylay.Session(spdylay.SERVER, version, on_request_recv_cb=on_request)
        try:
            server.recv(client.data_to_send())
        except KeyError:
            pass
        else:
            raise AssertionError
        return weakref.ref(server)

    gc.disable()
    try:
        session_ref = make()
        if sys.implementation.name == "cpython":
            assert session_ref() is None
    finally:
        gc.enable()


def test_the_last_reference_goes_inside_a_callback(version: int) -> None:
    sessions: list[spdylay.Session] = []
    collected: list[weakref.ref[spdylay.Session]] = []

    def on_ctrl_recv(session: spdylay.Session, _frame: Any) -> None:
        collected.append(weakref.ref(session))
        sessions.clear()
        del session
        collect()
        assert collected[0]() is not None

    def make() -> bytes:
        pair = Pair(version)
        pair.client.session.submit_request(0, REQUEST)
        return bytes(pair.client.session.data_to_send())

    sessions.append(spdylay.Session(spdylay.SERVER, version, on_ctrl_recv_cb=on_ctrl_recv))
    sessions[0].recv(make())
    collect()
    assert collected[0]() is None


def test_collecting_in_every_callback(version: int) -> None:
    """Other sessions die, and die in cycles, while callbacks of this one run."""
    rng = random.Random(version)
    litter: list[Any] = []

    def make_litter() -> None:
        session = spdylay.Session(spdylay.CLIENT, version)
        cycle: list[Any] = [session]
        cycle.append(cycle)
        session.submit_request(0, REQUEST, body(b"litter"), stream_user_data=cycle)
        if rng.random() < 0.5:
            session.data_to_send()
        if rng.random() < 0.5:
            litter.append(cycle)
        if rng.random() < 0.1:
            litter.clear()

    def disturb(*_arguments: Any) -> None:
        make_litter()
        if rng.random() < 0.2:
            gc.collect(rng.randrange(3) if sys.implementation.name == "cpython" else 1)

    names = ("on_ctrl_recv_cb", "on_data_chunk_recv_cb", "before_ctrl_send_cb", "on_ctrl_send_cb", "on_stream_close_cb")
    for _ in range(ROUNDS):
        pair = Pair(version, client=dict.fromkeys(names, disturb), server=dict.fromkeys(names[1:], disturb))
        for _ in range(5):
            pair.client.session.submit_request(0, REQUEST, body(b"x" * 5000))
        pair.run()
        for (stream_id,) in pair.server.named("on_request_recv_cb"):
            pair.server.session.submit_response(stream_id, RESPONSE, body(b"y" * 5000))
        pair.run()
        assert len(pair.server.named("on_request_recv_cb")) == 5


def objects() -> int:
    """What the interpreter has: references in a debug build, else blocks of memory."""
    collect()
    return int(getattr(sys, "gettotalrefcount", sys.getallocatedblocks)())


if sys.implementation.name == "cpython":

    def test_sessions_leave_nothing_behind(version: int) -> None:
        def work() -> None:
            pair = Pair(version)
            for _ in range(10):
                pair.client.session.submit_request(0, REQUEST, body(b"x" * 1000), stream_user_data=Thing())
            pair.run()
            pair.server.session.submit_response(1, RESPONSE, body(b"y"))
            pair.run()

        for _ in range(10):
            work()
        before = objects()
        for _ in range(100):
            work()
        assert objects() - before < 200
