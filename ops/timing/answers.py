"""One login, timed, and what its answer looks like."""

import json
import re
import socket
import time
from dataclasses import dataclass

# These differ from one answer to the next, whatever the account. `traceparent` names the request as
# `X-Request-ID` does.
VARYING = {"date", "x-request-id", "traceparent"}


@dataclass(frozen=True)
class Answer:
    seconds: float
    """From the first byte sent to the last received, on a connection that was open."""
    shape: bytes
    """Status line, fields and body, byte for byte, without what names the request and the moment."""


def log_in(port: int, address: str, email: str, password: str) -> Answer:
    """A login from a loopback address of one's choice. Fails unless the answer is 401."""
    body = json.dumps({"email": email, "password": password}).encode()
    head = (
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: plant.example\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    request = head.encode() + body
    with socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(address, 0)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        connection.sendall(request)
        pieces = [connection.recv(65_536)]
        seconds = time.perf_counter() - began
        while piece := connection.recv(65_536):
            pieces.append(piece)
    whole = b"".join(pieces)
    if not whole.startswith(b"HTTP/1.1 401 "):
        raise RuntimeError(f"{email} from {address} is answered {whole[:200]!r}")
    return Answer(seconds, shape(whole))


def shape(whole: bytes) -> bytes:
    head, _, body = whole.partition(b"\r\n\r\n")
    lines = [
        line for line in head.split(b"\r\n") if line.split(b":")[0].strip().lower().decode() not in VARYING
    ]
    return b"\r\n".join([*lines, b"", re.sub(rb'"request_id":"[^"]*"', b'"request_id":""', body)])
