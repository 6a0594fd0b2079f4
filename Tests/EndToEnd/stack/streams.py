"""An upstream of what goes on and on: WebSockets, and events that servers send."""

import queue
import socket
import threading
from typing import BinaryIO

from .websocket import CLOSE, Frame, accepted, frame, read_frame


class Streams:
    """`/…/ws` echoes what it is told, `/…/events` sends what is put into `events`; a context manager.

    A WebSocket's close is answered unless `ignores_close`.
    """

    def __init__(self, ignores_close: bool = False) -> None:
        self._ignores_close = ignores_close
        self.events: queue.Queue[bytes] = queue.Queue()
        # The close frames that came.
        self.closes: queue.Queue[Frame] = queue.Queue()
        self._socket = socket.create_server(("127.0.0.1", 0))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> "Streams":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            path = (stream.readline().split(b" ") + [b""])[1]
            lines = [line.decode() for line in iter(stream.readline, b"\r\n") if line]
            if path.endswith(b"/ws"):
                self._echo(connection, stream, lines)
            elif path.endswith(b"/events"):
                self._send_events(connection)
            elif path:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def _echo(self, connection: socket.socket, stream: BinaryIO, lines: list[str]) -> None:
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        answer = accepted(fields["sec-websocket-key"])
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Accept: %s\r\n\r\n" % answer.encode()
        )
        while (heard := read_frame(stream)) is not None:
            if heard.kind == CLOSE:
                self.closes.put(heard)
                if self._ignores_close:
                    continue
            connection.sendall(frame(heard.kind, heard.payload, is_masked=False))
            if heard.kind == CLOSE:
                return

    def _send_events(self, connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        try:
            while True:
                piece = self.events.get()
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        except OSError:
            pass
