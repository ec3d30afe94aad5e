"""What is under all methods of a session: calling the library, and keeping alive what it refers to."""

from __future__ import annotations

import ctypes
import threading
from itertools import count
from typing import TYPE_CHECKING, Any, Callable, cast

from . import _abi, _trampolines, constants
from ._arguments import check
from ._outgoing import Outgoing
from ._sources import Sources
from .errors import InvalidArgumentError, InvalidStateError, SessionInUseError, raise_for
from .provider import DataProvider

if TYPE_CHECKING:
    from .session import Session

Callback = Callable[..., Any]

# What the library carries as user data of a stream: that there is a stream. The data itself stays in Python.
PRESENT = 1

_keys = count(1)


class Core:
    """A session of the library, and what Python keeps for it."""

    _handle: int | None = None

    def __init__(self, side: int, version: int, callbacks: dict[str, Callback], user_data: Any) -> None:
        if side == constants.CLIENT:
            new, self._next_stream_id = _abi.session_client_new, 1
        elif side == constants.SERVER:
            new, self._next_stream_id = _abi.session_server_new, 2
        else:
            raise InvalidArgumentError(f"side is {side!r}, neither CLIENT nor SERVER")
        check("version", version, 0, 0xFFFF)

        self._user_data = user_data
        self._callbacks = callbacks
        self._key = next(_keys)
        self._lock = threading.RLock()
        self._error: BaseException | None = None
        self._outgoing: Outgoing | None = None
        self._unsent = bytearray()
        self._sources = Sources()
        self._stream_user_data: dict[int, Any] = {}
        # Streams that have sources but did not exist when these were submitted.
        self._unopened: set[int] = set()

        handle = ctypes.c_void_p()
        table = _trampolines.table_for(callbacks)
        result = new(ctypes.byref(handle), version, ctypes.byref(table), self._key)
        if result < 0:
            raise_for(result)
        self._handle = handle.value
        if "on_stream_remote_close_cb" in callbacks:
            # The table above cannot grow: its size is part of the C interface.
            self._call(_abi.session_set_on_stream_remote_close_callback, _trampolines.on_stream_remote_close)

    def __del__(self, session_del: Callback = _abi.session_del) -> None:
        # Never inside a call of this session: that holds a reference.
        if self._handle is not None:
            session_del(self._handle)
            self._handle = None

    @property
    def user_data(self) -> Any:
        """The object given as *user_data*."""
        return self._user_data

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._handle is None

    def close(self) -> None:
        """Frees the session with all its streams and queued frames. No callback is called, now or later.

        It may be called in a callback, and again. A session that is no longer referenced closes by itself.
        """
        if not self._lock.acquire(blocking=False):
            raise SessionInUseError
        try:
            handle, self._handle = self._handle, None
            if handle is not None:
                _abi.session_del(handle)
        finally:
            self._lock.release()

    def _acquire(self) -> int:
        """Takes the session for this thread; the caller releases the lock. Returns the library's session."""
        if not self._lock.acquire(blocking=False):
            raise SessionInUseError
        handle = self._handle
        if handle is None:
            self._lock.release()
            raise InvalidStateError("the session is closed")
        return handle

    def _ask(self, function: Callback, *arguments: Any) -> Any:
        """Calls a function of the library that makes no callbacks; returns what it returns."""
        handle = self._acquire()
        try:
            return function(handle, *arguments)
        finally:
            self._lock.release()

    def _call(self, function: Callback, *arguments: Any) -> int:
        """Calls a function of the library that makes no callbacks; raises for its errors."""
        result: int = self._ask(function, *arguments)
        if result < 0:
            raise_for(result)
        return result

    def _drive(self, function: Callback, *arguments: Any) -> int:
        """Calls a function of the library that makes callbacks; raises what they raised, or for its errors."""
        handle = self._acquire()
        is_outermost = self._key not in _trampolines.running
        outer, self._error = self._error, None
        _trampolines.running[self._key] = cast("Session", self)
        try:
            result: int = function(handle, *arguments)
            if self._unopened:
                self._forget_unopened()
        finally:
            error, self._error = self._error, outer
            if is_outermost:
                del _trampolines.running[self._key]
            self._lock.release()
        try:
            if error is not None:
                raise error
        finally:
            # The error's traceback has this frame, which would have the error.
            error = None
        if result < 0:
            # A callback that closes the session makes the library say so.
            if self._handle is not None:
                raise_for(result)
            return 0
        return result

    def _submit_stream(
        self,
        function: Callback,
        arguments: tuple[Any, ...],
        provider: DataProvider | None,
        stream_user_data: Any,
    ) -> int:
        handle = self._acquire()
        try:
            # The library counts the same way.
            stream_id = self._next_stream_id
            if provider is not None:
                arguments += (self._c_provider(stream_id, provider),)
            elif function is _abi.submit_request:
                arguments += (None,)
            result = function(handle, *arguments, PRESENT)
            if result < 0:
                self._sources.drop_stream(stream_id)
                raise_for(result)
            self._next_stream_id += 2
            if stream_user_data is not None:
                self._stream_user_data[stream_id] = stream_user_data
            return stream_id
        finally:
            self._lock.release()

    def _submit_source(self, function: Callback, stream_id: int, argument: Any, provider: DataProvider) -> None:
        handle = self._acquire()
        try:
            c_provider = self._c_provider(stream_id, provider)
            result = function(handle, stream_id, argument, c_provider)
            if result < 0:
                self._sources.drop(stream_id, c_provider.source)
                raise_for(result)
            if _abi.session_get_stream_recv_data_length(handle, stream_id) < 0:
                self._unopened.add(stream_id)
        finally:
            self._lock.release()

    def _c_provider(self, stream_id: int, provider: DataProvider) -> _abi.DataProvider:
        if not isinstance(provider, DataProvider):
            raise TypeError(f"data_prd is a {type(provider).__name__}, not a DataProvider")
        return _abi.DataProvider(self._sources.add(stream_id, provider), _trampolines.read)

    def _forget_stream(self, stream_id: int) -> None:
        """The stream is gone, and what was kept for it can go."""
        self._sources.drop_stream(stream_id)
        self._stream_user_data.pop(stream_id, None)

    def _forget_unopened(self) -> None:
        """DATA for streams that never existed was dropped without a word; when nothing waits, that is behind us."""
        handle = self._handle
        if handle is None or _abi.session_get_outbound_queue_size(handle) > 0:
            return
        for stream_id in self._unopened:
            if _abi.session_get_stream_recv_data_length(handle, stream_id) < 0:
                self._forget_stream(stream_id)
        self._unopened.clear()
