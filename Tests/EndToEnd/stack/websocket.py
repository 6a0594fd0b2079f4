"""Just enough of WebSockets (RFC 6455) to speak to a gateway from both of its sides."""

import base64
import hashlib
import os
import socket
import struct
from dataclasses import dataclass
from typing import BinaryIO

from .wire import read_head

TEXT, CLOSE = 0x1, 0x8
GOING_AWAY = 1001


@dataclass
class Frame:
    """One whole frame, unmasked."""

    kind: int
    payload: bytes
    was_masked: bool

    @property
    def code(self) -> int:
        """Of a close frame: why."""
        return struct.unpack_from(">H", self.payload)[0]


def accepted(key: str) -> str:
    """What a server answers to a client's key (§4.2.2)."""
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
    return base64.b64encode(digest).decode()


def frame(kind: int, payload: bytes, is_masked: bool) -> bytes:
    """A final frame of at most 125 bytes; clients mask theirs (§5.3)."""
    head = bytes([0x80 | kind, (0x80 if is_masked else 0) | len(payload)])
    if not is_masked:
        return head + payload
    key = os.urandom(4)
    return head + key + _masked(payload, key)


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next one, of at most 125 bytes; None where the connection has ended."""
    head = stream.read(2)
    if len(head) < 2:
        return None
    is_masked = bool(head[1] & 0x80)
    key = stream.read(4) if is_masked else bytes(4)
    return Frame(head[0] & 0x0F, _masked(stream.read(head[1] & 0x7F), key), is_masked)


def _masked(payload: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))


class WebSocket:
    """The client's side; a context manager."""

    def __init__(self, port: int, path: str, *fields: str) -> None:
        """Returns when it is open. `fields` are further lines of the request's head."""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: plant",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            *fields,
        ]
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._stream = self._connection.makefile("rb")
        self._connection.sendall("\r\n".join([*lines, "", ""]).encode())
        status, headers = read_head(self._stream)
        assert status == 101, status
        assert headers["sec-websocket-accept"] == accepted(key)

    def send(self, kind: int, payload: bytes) -> None:
        self._connection.sendall(frame(kind, payload, is_masked=True))

    def receive(self) -> Frame | None:
        return read_frame(self._stream)

    def __enter__(self) -> "WebSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._connection.close()
