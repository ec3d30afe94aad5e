"""Where the library is looked for."""

from __future__ import annotations

import ctypes.util
from pathlib import Path

import pytest

from spdylay import _library


def test_the_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundled = tmp_path / "libspdylay.so"
    bundled.touch()
    monkeypatch.setattr(_library, "BUNDLED", bundled)
    monkeypatch.setattr(ctypes.util, "find_library", {"spdylay": "libspdylay.so.7"}.get)

    monkeypatch.setenv("SPDYLAY_LIBRARY", "/somewhere/else.so")
    assert _library.find() == "/somewhere/else.so"
    monkeypatch.delenv("SPDYLAY_LIBRARY")
    assert _library.find() == str(bundled)
    bundled.unlink()
    assert _library.find() == "libspdylay.so.7"
    monkeypatch.setattr(ctypes.util, "find_library", {}.get)
    with pytest.raises(ImportError, match="SPDYLAY_LIBRARY is not set"):
        _library.find()


def test_what_is_no_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "text.so"
    file.write_text("no library")
    monkeypatch.setenv("SPDYLAY_LIBRARY", str(file))
    with pytest.raises(ImportError, match=r"cannot load libspdylay: .*text\.so"):
        _library.load()
