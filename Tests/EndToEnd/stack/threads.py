"""Threads that do the same at once."""

import threading
from abc import ABC, abstractmethod
from typing import Self


class Threads(ABC):
    """Threads, each with its number, that begin with a `with` and are over at its end."""

    def __init__(self, threads: int) -> None:
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(threads)
        ]

    @abstractmethod
    def _run(self, number: int) -> None:
        """What a thread does until `_is_over` is set."""

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(timeout=60)
        assert not any(thread.is_alive() for thread in self._threads), f"one of {type(self).__name__} hangs"
