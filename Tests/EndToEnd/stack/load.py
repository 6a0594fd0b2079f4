"""Clients that ask without pause and account for every request."""

import socket
from collections import Counter
from dataclasses import dataclass, field

from .polling import eventually
from .threads import Threads
from .wire import read_answer


@dataclass
class Account:
    """What became of the requests."""

    answered: int = 0
    # Why requests had no complete answer of 200 with their own content, by whether their connection had been
    # used before.
    lost: Counter[str] = field(default_factory=Counter)
    # Connections that were ended after an answer that announced it.
    closed: int = 0

    def lost_on(self, kind: str) -> int:
        return sum(count for reason, count in self.lost.items() if reason.startswith(kind))


class Load(Threads):
    """`clients` threads. Every client keeps its connection until an answer says `close`,
    or for `requests` requests where that is given."""

    def __init__(self, port: int, clients: int, requests: int | None = None) -> None:
        super().__init__(clients)
        self._port = port
        self._requests = requests
        self.account = Account()

    @property
    def answered(self) -> int:
        with self._lock:
            return self.account.answered

    def until_more(self, what: str, count: int = 200) -> None:
        """Waits for so many more answers from now on."""
        before = self.answered
        eventually(what, lambda: self.answered > before + count, within=60)

    def _run(self, number: int) -> None:
        request = 0
        while not self._is_over.is_set():
            request = self._connection(number, request)

    def _connection(self, client: int, number: int) -> int:
        """One connection to its end; answers the number of the next request."""
        used = 0
        try:
            connection = socket.create_connection(("127.0.0.1", self._port), timeout=20)
        except OSError as fault:
            self._lose(f"new: {fault!r}")
            return number + 1
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as stream:
            while not self._is_over.is_set() and used != self._requests:
                path = f"/open/{client}/{number}"
                number += 1
                try:
                    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                    answer = read_answer(stream)
                except (OSError, AssertionError) as fault:
                    self._lose(f"{'kept' if used else 'new'}: {fault!r}")
                    return number
                used += 1
                if answer.status != 200 or f'"{path}"'.encode() not in answer.body:
                    self._lose(f"answer: {answer.status} {answer.body[:80]!r}")
                else:
                    with self._lock:
                        self.account.answered += 1
                if answer.headers.get("connection", "").lower() == "close":
                    with self._lock:
                        self.account.closed += 1
                    # Nothing may follow what was announced as the last answer.
                    if stream.read(1):
                        self._lose("answer: bytes after the last one")
                    return number
        return number

    def _lose(self, reason: str) -> None:
        with self._lock:
            self.account.lost[reason] += 1
