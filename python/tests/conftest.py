from __future__ import annotations

import faulthandler
import gc
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from .pair import VERSIONS, Pair
from .site import Certificate

# The tests that python-spdylay had are not part of this project. If you have them, this variable names the file.
collect_ignore = [] if "SPDYLAY_OLD_TESTS" in os.environ else ["test_old_module.py"]
# PyPy does not count the memory of objects.
if sys.implementation.name != "cpython":
    collect_ignore.append("test_copies.py")

NAMES = {2: "SPDY/2", 3: "SPDY/3", 4: "SPDY/3.1"}


@pytest.fixture(autouse=True)
def bounded_in_time() -> object:
    """Ends the run, with the stacks of all threads, rather than let a test hang."""
    faulthandler.dump_traceback_later(240, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


if "SPDYLAY_GC_STRESS" in os.environ:

    @pytest.fixture(autouse=True)
    def stress() -> Iterator[None]:
        """Collects garbage at every opportunity, also in the middle of all calls and callbacks."""
        threshold = gc.get_threshold()
        # What is there before does not have to be looked at each time.
        gc.freeze()
        gc.set_threshold(1)
        yield
        gc.set_threshold(*threshold)
        gc.unfreeze()


@pytest.fixture(params=VERSIONS, ids=NAMES.get)
def version(request: pytest.FixtureRequest) -> int:
    """Each version of the protocol."""
    return int(request.param)


@pytest.fixture
def pair(version: int) -> Pair:
    """Two sessions, for each version of the protocol."""
    return Pair(version)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for localhost."""
    return Certificate.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def running_reactor() -> Iterator[None]:
    """Twisted's reactor, in a thread of its own. A process can start it only once, so it runs until the end."""
    from twisted.internet import reactor

    running: Any = reactor
    thread = threading.Thread(target=running.run, kwargs={"installSignalHandlers": False})
    thread.start()
    yield
    running.callFromThread(running.stop)
    thread.join(20)
