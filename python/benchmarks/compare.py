"""Measures every server with every client that makes sense, and prints a table: python compare.py PROGRAMS.

PROGRAMS is the folder with spdyd and spdycat. Each figure is the best of several runs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
RUNS = 3
REQUESTS = 5000
BIG = 200_000_000


@contextmanager
def running(*command: object) -> Iterator[int]:
    """Runs a server; its port."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield int(process.stdout.readline().rpartition(":")[2])
    finally:
        process.kill()
        process.communicate()


@contextmanager
def server(kind: str, programs: Path) -> Iterator[int]:
    """Runs one of the servers; its port."""
    if kind != "spdyd":
        with running(sys.executable, HERE / "servers.py", kind) as port:
            yield port
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "small").write_bytes(bytes(1024))
        Path(folder, "big").write_bytes(bytes(BIG))
        command = (programs / "spdyd", "--workers", 1, "--bind", "127.0.0.1", "-d", folder, "--no-tls", "--spdy3-1", 0)
        with running(*command) as port:
            yield port


def seconds(client: str, programs: Path, url: str, count: int) -> float:
    """Runs one of the clients; how long it took, without its start."""
    if client != "spdycat":
        command: list[object] = [sys.executable, HERE / "clients.py", client, url, count]
        output = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=True, timeout=300).stdout
        return float(output.split()[0])
    command = [programs / "spdycat", "--no-tls", "--spdy3-1", "-n", "-m", count, url]
    start = time.perf_counter()
    subprocess.run(list(map(str, command)), check=True, timeout=300)
    return time.perf_counter() - start


def between(server_kind: str, client: str, programs: Path) -> tuple[float, float]:
    """Returns requests and MB per second."""
    with server(server_kind, programs) as port:
        url = f"http://127.0.0.1:{port}"
        small = min(seconds(client, programs, url + "/small", REQUESTS) for _ in range(RUNS))
        big = min(seconds(client, programs, url + "/big", 1) for _ in range(RUNS))
    return REQUESTS / small, BIG / 1e6 / big


def in_memory(kind: str) -> tuple[float, float]:
    """Returns requests and MB per second between two sessions in one process."""

    def best(what: str) -> float:
        command = [sys.executable, str(HERE / "memory.py"), kind, what]
        outputs = [subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=300).stdout for _ in range(RUNS)]
        return max(map(float, outputs))

    return best("requests"), best("bytes")


PAIRS = (
    ("spdyd", "spdycat"),
    ("spdyd", "urlfetch"),
    ("spdyd", "aio"),
    ("threaded", "spdycat"),
    ("aio", "spdycat"),
    ("twisted", "spdycat"),
    ("aio", "aio"),
    ("h2", "h2"),
)
TITLES = {
    "spdyd": "spdyd (C)",
    "spdycat": "spdycat (C)",
    "threaded": "ThreadedSPDYServer",
    "aio": "spdylay.aio",
    "twisted": "spdylay.tx",
    "h2": "h2, with asyncio",
}


def main() -> None:
    programs = Path(sys.argv[1])
    print(f"{'server':<20} {'client':<20} {'requests/s':>10} {'MB/s':>7}", flush=True)
    for server_kind, client in PAIRS:
        rate, speed = between(server_kind, client, programs)
        title, other = TITLES.get(server_kind, server_kind), TITLES.get(client, client)
        print(f"{title:<20} {other:<20} {rate:>10.0f} {speed:>7.0f}", flush=True)
    for kind, title in (("spdylay", "two Sessions, in memory"), ("h2", "two of h2, in memory")):
        rate, speed = in_memory(kind)
        print(f"{title:<41} {rate:>10.0f} {speed:>7.0f}", flush=True)


if __name__ == "__main__":
    main()
