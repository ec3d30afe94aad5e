"""Servers of the kind that Kubernetes has: kubestream, and one on the Go library that Kubernetes uses."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spdylay import kube

PROGRAMS = Path(os.environ.get("SPDYLAY_PROGRAMS", Path(__file__).parents[2] / "examples-c/build"))
MOBY = Path(os.environ.get("SPDYLAY_MOBY", "moby"))

COMMANDS = {"kubestream": [str(PROGRAMS / "kubestream"), "0"], "moby": [str(MOBY)]}


class Peer:
    """A server that runs."""

    def __init__(self, kind: str, process: subprocess.Popen[str], complaints: Path) -> None:
        self.kind = kind
        self.process = process
        self._complaints = complaints
        # Where tokens are made is told first, if anywhere.
        self._ports: list[int] = []
        self.port = self._read_ports()
        self.scheme = "http"
        self.options: dict[str, Any] = {}
        """For all that connect."""

    def _read_ports(self) -> int:
        assert self.process.stdout
        for line in self.process.stdout:
            self._ports.append(int(line.rpartition(":")[2]))
            if "listening on" in line:
                return self._ports[-1]
        raise RuntimeError(f"{self.kind} did not start: {self.complaints()}")

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.port}"

    def pod(self, name: str = "demo") -> kube.Pod:
        return kube.Pod(self.url, name, timeout=20, **self.options)

    def exec(self, *command: str, **options: Any) -> kube.Process:
        return self.pod().exec(command, **options)

    def token(self, verb: str, **order: Any) -> str:
        """The streaming URL of a container runtime. For a server with ``--admin 0``."""
        url = f"http://127.0.0.1:{self._ports[0]}/{verb}"
        with urllib.request.urlopen(url, json.dumps(order).encode(), timeout=20) as response:
            return str(json.load(response)["url"])

    def complaints(self) -> str:
        """What it has written to standard error."""
        return self._complaints.read_text()


@contextlib.contextmanager
def running(kind: str, *options: object) -> Iterator[Peer]:
    """Runs a server."""
    program, *arguments = COMMANDS[kind]
    if not Path(program).exists():
        pytest.skip(f"{program} is not built")
    with tempfile.TemporaryDirectory() as folder:
        complaints = Path(folder, "stderr")
        with complaints.open("w") as stderr:
            command = [program, *map(str, options), *arguments]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
        try:
            yield Peer(kind, process, complaints)
        finally:
            process.kill()
            process.communicate()
