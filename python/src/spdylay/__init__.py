"""SPDY/2, SPDY/3 and SPDY/3.1 on libspdylay: the API of python-spdylay, and more.

:class:`Session` is one end of a connection; it does no I/O of its own.
"""

from ._version import __version__ as __version__
from .client import BaseSPDYStreamHandler as BaseSPDYStreamHandler, urlfetch as urlfetch
from .constants import *  # noqa: F403
from .errors import (
    CallbackFailureError as CallbackFailureError,
    EOFError as EOFError,
    FatalError as FatalError,
    InvalidArgumentError as InvalidArgumentError,
    InvalidStateError as InvalidStateError,
    NegotiationError as NegotiationError,
    NoMemoryError as NoMemoryError,
    SessionInUseError as SessionInUseError,
    SpdylayError as SpdylayError,
    StreamClosedError as StreamClosedError,
    StreamIDNotAvailableError as StreamIDNotAvailableError,
    StreamResetError as StreamResetError,
    TemporalCallbackFailureError as TemporalCallbackFailureError,
    UnsupportedVersionError as UnsupportedVersionError,
    ZlibError as ZlibError,
    status_name as status_name,
    strerror as strerror,
)
from .frames import (
    CtrlFrame as CtrlFrame,
    GoawayFrame as GoawayFrame,
    HeadersFrame as HeadersFrame,
    PingFrame as PingFrame,
    RstStreamFrame as RstStreamFrame,
    SettingsFrame as SettingsFrame,
    SynReplyFrame as SynReplyFrame,
    SynStreamFrame as SynStreamFrame,
    WindowUpdateFrame as WindowUpdateFrame,
)
from .npn import get_npn_protocols as get_npn_protocols, npn_get_version as npn_get_version
from .provider import DataProvider as DataProvider, ReadCtrl as ReadCtrl
from .server import (
    BaseSPDYRequestHandler as BaseSPDYRequestHandler,
    ThreadedSPDYServer as ThreadedSPDYServer,
)
from .session import Session as Session
