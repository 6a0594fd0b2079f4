"""Users who keep asking while Redis is moved about, and what they were told."""

import threading
import time
from collections import Counter

from client import Client

from .polling import eventually


class Keeper:
    """Asks for one path without end; a context manager."""

    def __init__(self, client: Client, path: str) -> None:
        self._client = client
        self._path = path
        self._is_over = threading.Event()
        self.told: Counter[int] = Counter()
        self.longest = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._is_over.is_set():
            start = time.monotonic()
            status = self._client.get(self._path).status_code
            self.longest = max(self.longest, time.monotonic() - start)
            self.told[status] += 1
            time.sleep(0.005)

    def __enter__(self) -> "Keeper":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(timeout=60)
        assert not self._thread.is_alive(), "a request hangs"

    def hears(self, status: int, within: float = 30.0) -> None:
        """Waits for an answer of that status from now on."""
        before = self.told[status]
        eventually(f"{self._path} is told {status}", lambda: self.told[status] > before, within)
