"""Measures every server with every client that makes sense, and prints a table: python compare.py PROGRAMS.

PROGRAMS is the folder with spdyd and spdycat. Each figure is the best of several runs. It is from the processor time of
the busier side, so what else the machine does matters little.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
RUNS = 3
REQUESTS = 5000
BIG = 200_000_000


class Server(NamedTuple):
    port: int
    pid: int

    def processor_time(self) -> float:
        """The seconds that all its threads have worked so far."""
        # What clock_getcpuclockid(3) returns on Linux.
        return time.clock_gettime((~self.pid << 3) | 2)


@contextmanager
def running(*command: object) -> Iterator[Server]:
    """Runs a server."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield Server(int(process.stdout.readline().rpartition(":")[2]), process.pid)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def server(kind: str, programs: Path) -> Iterator[Server]:
    """Runs one of the servers."""
    if kind != "spdyd":
        with running(sys.executable, HERE / "servers.py", kind) as process:
            yield process
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "small").write_bytes(bytes(1024))
        Path(folder, "big").write_bytes(bytes(BIG))
        command = (programs / "spdyd", "--workers", 1, "--bind", "127.0.0.1", "-d", folder, "--no-tls", "--spdy3-1", 0)
        with running(*command) as process:
            yield process


def client_time(client: str, programs: Path, url: str, count: int) -> float:
    """Runs one of the clients; the seconds of processor time it took, without the start of Python."""
    if client != "spdycat":
        command: list[object] = [sys.executable, HERE / "clients.py", client, url, count]
        output = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=True, timeout=300).stdout
        return float(output.split()[0])
    command = [programs / "spdycat", "--no-tls", "--spdy3-1", "-n", "-m", count, url]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(list(map(str, command)), check=True, timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def busier_side(process: Server, client: str, programs: Path, path: str, count: int) -> float:
    """The seconds of processor time that the busier of both sides takes: how long it takes if nothing else runs and
    each has a processor of its own."""

    def once() -> float:
        before = process.processor_time()
        client_seconds = client_time(client, programs, f"http://127.0.0.1:{process.port}{path}", count)
        return max(client_seconds, process.processor_time() - before)

    return min(once() for _ in range(RUNS))


def between(server_kind: str, client: str, programs: Path) -> tuple[float, float]:
    """Returns requests and MB per second."""
    with server(server_kind, programs) as process:
        small = busier_side(process, client, programs, "/small", REQUESTS)
        big = busier_side(process, client, programs, "/big", 1)
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
