"""Commands and ports in Kubernetes pods, over SPDY/3.1: what ``kubectl exec``, ``attach`` and ``port-forward`` do.

A command, by way of an API server::

    pod = spdylay.kube.Pod("https://10.0.0.1:6443", "web-0", token=token, context=context)
    with pod.exec(["tar", "cf", "-", "/etc"]) as process:
        shutil.copyfileobj(process.stdout, file)
        print(process.wait())

A port::

    with pod.port_forward() as forward, forward.connect(8080) as connection:
        connection.writer.write(b"GET / HTTP/1.0\\r\\n\\r\\n")
        print(connection.reader.read())

:func:`exec` and :func:`port_forward` do the same with the streaming URL of a container runtime.

Other peers of this kind have no flow control: what is not read holds up the whole connection, not one stream. So read
both ``stdout`` and ``stderr`` of a process, in two threads or with :meth:`Process.communicate`, and all connections of
a :class:`PortForward`.
"""

from ._errors import CommandError as CommandError, ForwardError as ForwardError, UpgradeError as UpgradeError
from ._forward import (
    ForwardedConnection as ForwardedConnection,
    PortForward as PortForward,
    port_forward as port_forward,
)
from ._listener import Listener as Listener
from ._pod import Pod as Pod
from ._process import Process as Process, exec as exec
