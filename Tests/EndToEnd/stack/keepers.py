"""Users who keep asking while Redis is moved about, and what they were told."""

import time
from collections import Counter

from client import Client

from .polling import eventually
from .threads import Threads


class Keeper(Threads):
    """Asks for one path without end."""

    def __init__(self, client: Client, path: str) -> None:
        super().__init__(threads=1)
        self._client = client
        self._path = path
        self.told: Counter[int] = Counter()
        self.longest = 0.0

    def _run(self, number: int) -> None:
        while not self._is_over.is_set():
            start = time.monotonic()
            status = self._client.get(self._path).status_code
            self.longest = max(self.longest, time.monotonic() - start)
            self.told[status] += 1
            time.sleep(0.005)

    def hears(self, status: int, within: float = 30.0) -> None:
        """Waits for an answer of that status from now on."""
        before = self.told[status]
        eventually(f"{self._path} is told {status}", lambda: self.told[status] > before, within)
