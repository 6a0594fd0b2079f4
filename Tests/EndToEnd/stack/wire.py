"""Requests written byte by byte, for what no well-behaved client would send."""

import socket
from dataclasses import dataclass
from typing import BinaryIO


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def exchange(port: int, request: bytes, within: float = 15.0) -> Answer:
    """Sends `request` and reads one answer.

    A server that refuses early may close while bytes are still on the way to it; what it answered before
    that is what counts.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=within) as connection:
        try:
            connection.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass
        with connection.makefile("rb") as stream:
            return read_answer(stream)


def read_answer(stream: BinaryIO) -> Answer:
    status, headers = read_head(stream)
    body = stream.read(int(headers["content-length"])) if "content-length" in headers else b""
    return Answer(status, headers, body)


def read_head(stream: BinaryIO) -> tuple[int, dict[str, str]]:
    """The status and the header fields, their names in lower case."""
    status_line = stream.readline()
    if not status_line.startswith(b"HTTP/1."):
        raise AssertionError(f"not an HTTP answer: {status_line!r}")
    headers: dict[str, str] = {}
    for line in iter(stream.readline, b"\r\n"):
        name, _, value = line.decode("latin-1").partition(":")
        if not value:
            raise AssertionError(f"the answer's head ends at {line!r}")
        headers[name.lower()] = value.strip()
    return int(status_line.split()[1]), headers


def chunked(body: bytes, size: int = 8192) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
