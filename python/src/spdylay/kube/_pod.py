"""Pods, by way of an API server."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from ._forward import PortForward, port_forward
from ._process import Process, exec
from ._upgrade import DEFAULT_TIMEOUT


class Pod:
    """A pod in a cluster. No request is made before one of the methods is called.

    *server* is the URL of the API server. *token*, *context* and *timeout* are as for :func:`exec`.
    """

    def __init__(
        self,
        server: str,
        name: str,
        namespace: str = "default",
        *,
        token: str | None = None,
        context: ssl.SSLContext | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
    ) -> None:
        self.server = server
        self.name = name
        self.namespace = namespace
        self._token = token
        self._context = context
        self._timeout = timeout

    def exec(
        self,
        command: Iterable[str],
        *,
        container: str | None = None,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        tty: bool = False,
    ) -> Process:
        """Runs a command: a program and its arguments, no shell. Errors are those of the function :func:`exec`.

        *container* may be left out if the pod has one only.
        """
        arguments = [("command", argument) for argument in command]
        return self._run("exec", arguments, container, stdin=stdin, stdout=stdout, stderr=stderr, tty=tty)

    def attach(
        self,
        *,
        container: str | None = None,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        tty: bool = False,
    ) -> Process:
        """Attaches to the main process of a container. Otherwise as :meth:`exec`."""
        return self._run("attach", [], container, stdin=stdin, stdout=stdout, stderr=stderr, tty=tty)

    def port_forward(self) -> PortForward:
        """Connects for forwarding ports. Errors are those of the function :func:`port_forward`."""
        url = self._url("portforward")
        return port_forward(url, token=self._token, context=self._context, timeout=self._timeout)

    def _run(self, verb: str, query: list[tuple[str, str]], container: str | None, **streams: bool) -> Process:
        if container is not None:
            query.append(("container", container))
        # A server refuses a request for both.
        streams["stderr"] &= not streams["tty"]
        query += [(name, "true") for name, wanted in sorted(streams.items()) if wanted]
        url = f"{self._url(verb)}?{urlencode(query, quote_via=quote)}"
        return exec(url, token=self._token, context=self._context, timeout=self._timeout, **streams)

    def _url(self, verb: str) -> str:
        namespace, name = quote(self.namespace, safe=""), quote(self.name, safe="")
        return f"{self.server.rstrip('/')}/api/v1/namespaces/{namespace}/pods/{name}/{verb}"
