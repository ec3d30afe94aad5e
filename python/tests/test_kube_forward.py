"""Ports of a pod."""

from __future__ import annotations

import http.server
import os
import socket
import socketserver
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from spdylay import kube

from .kube_peers import Peer, running


@pytest.fixture(scope="module", params=["kubestream", "moby"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    with running(request.param) as peer:
        yield peer


class Echo(socketserver.BaseRequestHandler):
    """Sends back what comes, and ends when the client does."""

    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)


@contextmanager
def listening(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    """Runs a local server, which is what the pod has; its port."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    with listening(Echo) as port:
        yield port


def refused() -> int:
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def round_trip(connection: kube.ForwardedConnection, data: bytes) -> bytes:
    """Sends data and ends that direction, while reading to the end."""

    def write() -> None:
        connection.writer.write(data)
        connection.writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    received = connection.reader.read()
    thread.join()
    return received


def test_much_in_both_directions(peer: Peer, echo: int) -> None:
    data = os.urandom(10_000_000)
    with peer.pod().port_forward() as forward, forward.connect(echo) as connection:
        assert round_trip(connection, data) == data


def test_many_connections_at_once(peer: Peer, echo: int) -> None:
    def work(number: int) -> bool:
        data = b"%d" % number * 100_000
        with forward.connect(echo) as connection:
            return round_trip(connection, data) == data

    with peer.pod().port_forward() as forward, ThreadPoolExecutor(10) as pool:
        assert all(pool.map(work, range(30)))


def test_a_port_that_is_refused_leaves_the_others_alone(peer: Peer, echo: int) -> None:
    with peer.pod().port_forward() as forward:
        with forward.connect(refused()) as connection, pytest.raises(kube.ForwardError, match="refused"):
            connection.reader.read()
        with forward.connect(echo) as connection:
            assert round_trip(connection, b"hello") == b"hello"


def test_closing_in_the_middle_leaves_the_others_alone(peer: Peer, echo: int) -> None:
    with peer.pod().port_forward() as forward:
        with forward.connect(echo) as connection:
            connection.writer.write(bytes(50_000))
        with forward.connect(echo) as connection:
            assert round_trip(connection, b"hello") == b"hello"


def test_a_local_port(peer: Peer) -> None:
    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"page " * 50_000)

        def log_message(self, *_arguments: object) -> None:
            pass

    with listening(Site) as port, peer.pod().port_forward() as forward, forward.listen(port) as listener:
        for _ in range(5):
            with urllib.request.urlopen("http://{}:{}/".format(*listener.address), timeout=20) as response:
                assert response.read() == b"page " * 50_000


def test_a_local_port_whose_remote_is_refused(peer: Peer) -> None:
    with peer.pod().port_forward() as forward, forward.listen(refused()) as listener:
        sock = socket.create_connection(listener.address, 20)
        with sock:
            assert sock.recv(1) == b""


def test_a_server_that_is_killed(peer: Peer, echo: int) -> None:
    with running(peer.kind) as victim, victim.pod().port_forward() as forward, forward.connect(echo) as connection:
        connection.writer.write(b"x")
        assert connection.reader.read(1) == b"x"
        victim.process.kill()
        with pytest.raises(ConnectionError):
            connection.reader.read()
        with pytest.raises(ConnectionError):
            forward.connect(echo)


def test_the_url_of_a_container_runtime(echo: int) -> None:
    with running("kubestream", "--admin", 0) as peer:
        url = peer.token("portforward")
        with kube.port_forward(url, timeout=20) as forward, forward.connect(echo) as connection:
            assert round_trip(connection, b"hello") == b"hello"
