"""The request that becomes SPDY, answers that do not, and servers that say nothing more."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from spdylay import kube
from spdylay.kube import _connection

UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
ANSWERED = UPGRADE + b"X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n"


class Answering:
    """A server that takes one request, gives one answer and then neither reads nor writes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.request = ""


@contextmanager
def answering(answer: bytes, *, ends: bool = True) -> Iterator[Answering]:
    """Runs one; with *ends* it says that this was all."""

    done = threading.Event()

    def serve() -> None:
        sock, _ = listener.accept()
        with sock:
            head = b""
            while not head.endswith(b"\r\n\r\n") and (byte := sock.recv(1)):
                head += byte
            server.request = head.decode("ascii").replace(f":{port}", ":PORT")
            sock.sendall(answer)
            if ends:
                sock.shutdown(socket.SHUT_WR)
            done.wait(30)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = Answering(f"http://127.0.0.1:{port}")
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            done.set()
            thread.join()


NO = b"HTTP/1.1 500 No\r\nContent-Length: 6\r\n\r\nbroken"


def request_of(verb: str, **options: object) -> list[str]:
    with answering(NO) as server:
        pod = kube.Pod(server.url + "/prefix/", "demo", "a b", token="secret", timeout=20)
        with pytest.raises(kube.UpgradeError, match=r"\(500\): broken"):
            getattr(pod, verb)(**options)
        return [line for line in server.request.splitlines() if not line.startswith("User-Agent: ")]


def test_the_request_of_exec() -> None:
    assert request_of("exec", command=["echo", "x y", "&"], container="main", stdin=True) == [
        "POST /prefix/api/v1/namespaces/a%20b/pods/demo/exec?command=echo&command=x%20y&command=%26"
        "&container=main&stderr=true&stdin=true&stdout=true HTTP/1.1",
        "Host: 127.0.0.1:PORT",
        "Content-Length: 0",
        "Connection: Upgrade",
        "Upgrade: SPDY/3.1",
        "X-Stream-Protocol-Version: v5.channel.k8s.io",
        "X-Stream-Protocol-Version: v4.channel.k8s.io",
        "X-Stream-Protocol-Version: v3.channel.k8s.io",
        "X-Stream-Protocol-Version: v2.channel.k8s.io",
        "Authorization: Bearer secret",
        "",
    ]


def test_the_requests_of_a_terminal_and_of_port_forward() -> None:
    path = "/prefix/api/v1/namespaces/a%20b/pods/demo"
    assert (
        request_of("attach", stdin=True, tty=True)[0] == f"POST {path}/attach?stdin=true&stdout=true&tty=true HTTP/1.1"
    )
    lines = request_of("port_forward")
    assert lines[0] == f"POST {path}/portforward HTTP/1.1"
    assert [line for line in lines if line.startswith("X-Stream")] == ["X-Stream-Protocol-Version: portforward.k8s.io"]


CHUNKED = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'44\r\n{"kind":"Status","status":"Failure","message":"not for you","code":4\r\n3\r\n03}\r\n0\r\n\r\n'
)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (CHUNKED, r"\(403\): not for you"),
        (b"HTTP/1.1 500 No\r\n\r\nuntil the end", r"\(500\): until the end"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", r"\(502\): Bad Gateway"),
        (b"", "makes no sense"),
        (b"SSH-2.0-OpenSSH\r\n", "makes no sense"),
        (UPGRADE.replace(b"SPDY/3.1", b"websocket") + b"\r\n", "another protocol"),
        (UPGRADE.replace(b"Connection: Upgrade\r\n", b"") + b"\r\n", "another protocol"),
        (UPGRADE + b"\r\n", "the protocol None"),
        (UPGRADE + b"X-Stream-Protocol-Version: channel.k8s.io\r\n\r\n", "the protocol channel.k8s.io"),
    ],
)
def test_answers_that_are_no_upgrade(answer: bytes, message: str) -> None:
    with answering(answer) as server, pytest.raises(kube.UpgradeError, match=message):
        kube.exec(server.url, timeout=20)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 1", ANSWERED])
def test_servers_that_say_nothing_more(answer: bytes) -> None:
    with answering(answer, ends=False) as server, pytest.raises(TimeoutError):
        kube.exec(server.url, timeout=0.2)


def test_what_comes_with_the_answer_is_not_lost() -> None:
    # A frame that is too short for what it is, so the session ends, and not only after the time-out.
    with answering(ANSWERED + b"\x80\x03\0\x01\0\0\0\x02\0\0", ends=False) as server, pytest.raises(ConnectionError):
        kube.exec(server.url, timeout=20)


def test_closing_does_not_wait_for_ever_for_a_server_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connection, "CLOSE_TIMEOUT", 0.2)
    with answering(ANSWERED, ends=False) as server:
        start = time.monotonic()
        connection = _connection.StreamingConnection(*_connected(server), goaway_settles=True)
        with connection.lock:
            for _ in range(100_000):
                connection.session.submit_ping()
            connection.wake()
        connection.close()
        connection.close()
        assert connection.is_lost
        assert time.monotonic() - start < 15


def _connected(server: Answering) -> tuple[socket.socket, float]:
    host, _, port = server.url.rpartition("/")[2].partition(":")
    sock = socket.create_connection((host, int(port)), 20)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    sock.sendall(b"\r\n\r\n")
    sock.recv(len(ANSWERED))
    return sock, 1.0


@pytest.mark.parametrize("url", ["ftp://localhost/", "http:///exec", "localhost:80"])
def test_malformed_urls(url: str) -> None:
    with pytest.raises(ValueError, match="no URL"):
        kube.exec(url)


def test_tokens_that_would_be_more_than_one_line() -> None:
    with pytest.raises(ValueError, match="characters"):
        kube.Pod("http://localhost", "demo", token="a\r\nb").exec(["true"])
