"""One client who asks one question at a time over one connection, for what is to be counted exactly."""

import socket

from .wire import read_answer


class Asker:
    """A connection that is kept; every answer must be 200."""

    def __init__(self, port: int, path: str, token: str = "") -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=15)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self._connection.makefile("rb")
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        self._request = f"GET {path} HTTP/1.1\r\nHost: plant\r\n{bearer}\r\n".encode()

    def ask(self, times: int) -> None:
        for _ in range(times):
            self._connection.sendall(self._request)
            status = read_answer(self._stream).status
            if status != 200:
                raise AssertionError(f"an answer is {status}")

    def close(self) -> None:
        self._stream.close()
        self._connection.close()
