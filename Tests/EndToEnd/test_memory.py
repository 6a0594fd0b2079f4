"""Bodies stream: what a slow reader has not taken yet stays with the sender."""

import socket
import threading
import time

from stack.polling import eventually
from stack.rig import Rig
from stack.wire import read_answer

MIB = 1 << 20
UPLOAD = 1024 * MIB
BOUND = 64 * MIB


class SlowReader:
    """An upstream that reads a head and then nothing until it is told to."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self.hurry = threading.Event()
        self.received = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            head = list(iter(stream.readline, b"\r\n"))
            lengths = [
                int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length:")
            ]
            if lengths:
                self.hurry.wait(60)
                self._swallow(stream, lengths[0])
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    def _swallow(self, stream, length: int) -> None:
        while self.received < length:
            piece = stream.read1(MIB)
            if not piece:
                return
            self.received += len(piece)

    def stop(self) -> None:
        self.hurry.set()
        self._server.close()


class Upload:
    """A client that sends zeros as fast as they are taken."""

    def __init__(self, port: int) -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.sent = 0
        self.status = 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        head = f"PUT /upload/batch HTTP/1.1\r\nHost: plant\r\nContent-Length: {UPLOAD}\r\n"
        head += "Connection: close\r\n\r\n"
        zeros = bytes(MIB)
        with self._connection as connection:
            connection.sendall(head.encode())
            while self.sent < UPLOAD:
                self.sent += connection.send(zeros[: UPLOAD - self.sent])
            with connection.makefile("rb") as stream:
                self.status = read_answer(stream).status

    def has_stalled(self) -> bool:
        before = self.sent
        time.sleep(0.3)
        return before > 0 and self.sent == before


def test_a_gigabyte_for_a_slow_reader_keeps_the_gateway_small(rig: Rig) -> None:
    reader = SlowReader()
    try:
        routes = [
            {
                "path": "/upload/**",
                "upstream": "reader",
                "require": "anonymous",
                "limits": [],
                "body-limit": f"{UPLOAD // MIB}MiB",
            }
        ]
        gateway = rig.gateway(rig.redis(), {"reader": reader.address}, routes).start()
        assert gateway.program is not None
        program = gateway.program
        upload = Upload(gateway.port)
        eventually("the sender is held back", upload.has_stalled, 30)
        assert upload.sent < BOUND
        assert program.resident_bytes() < BOUND

        reader.hurry.set()
        largest = 0
        deadline = time.monotonic() + 120
        while upload.thread.is_alive() and time.monotonic() < deadline:
            largest = max(largest, program.resident_bytes())
            upload.thread.join(0.02)
        assert upload.status == 200
        assert reader.received == UPLOAD
        assert largest < BOUND
    finally:
        reader.stop()
