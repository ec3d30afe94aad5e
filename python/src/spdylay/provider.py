"""Where the payload of DATA frames comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Union

if TYPE_CHECKING:
    from .session import Session


class ReadCtrl:
    """Through this a data provider says that it has given its last bytes."""

    __slots__ = ("flags",)

    def __init__(self) -> None:
        self.flags = 0
        """Set this to READ_EOF with the last bytes."""


ReadCallback = Callable[["Session", int, int, ReadCtrl, Any], Union[bytes, bytearray, memoryview, int, None]]


class DataProvider:
    """A source of data, and the function that reads from it.

    ``read_cb(session, stream_id, length, read_ctrl, source)`` is called when there is room for a DATA frame. It returns
    up to *length* bytes, and with the last ones, which may be none, sets ``read_ctrl.flags = READ_EOF``. If it has
    nothing yet it returns ERR_DEFERRED, and the DATA waits until :meth:`Session.resume_data` is called. If it raises
    TemporalCallbackFailureError the stream is reset with INTERNAL_ERROR; any other exception comes out of
    :meth:`Session.send`, and the DATA is dropped.

    The session keeps the provider as long as it needs it.
    """

    def __init__(self, source: Any, read_cb: ReadCallback) -> None:
        self.source = source
        """What to read from; passed to the callback."""
        self.read_cb = read_cb
        """The callback. It may be replaced while the DATA waits."""
