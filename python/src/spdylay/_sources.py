"""Keeps data providers alive for as long as the library may ask them."""

from __future__ import annotations

from itertools import count

from .provider import DataProvider


class Sources:
    """The data providers of one session, by stream and by the key that C carries for them."""

    def __init__(self) -> None:
        self._by_stream: dict[int, dict[int, DataProvider]] = {}
        self._keys = count(1)

    def add(self, stream_id: int, provider: DataProvider) -> int:
        """Keeps a provider and returns its key."""
        key = next(self._keys)
        self._by_stream.setdefault(stream_id, {})[key] = provider
        return key

    def get(self, stream_id: int, key: int) -> DataProvider:
        return self._by_stream[stream_id][key]

    def drop(self, stream_id: int, key: int) -> None:
        """The library will not ask this provider again."""
        providers = self._by_stream.get(stream_id)
        if providers is not None:
            providers.pop(key, None)
            if not providers:
                del self._by_stream[stream_id]

    def drop_stream(self, stream_id: int) -> None:
        """The library will not ask any provider of the stream again."""
        self._by_stream.pop(stream_id, None)
