"""The gateway as it is measured, and a thousand sessions for it.

Twenty users log in, through a gateway that is stopped before the measuring begins; each session is then
copied under 49 more tokens within Redis. A thousand logins would cost a thousand password hashes.
"""

import hashlib
import http.client
import json
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from processors import MEASURED, pinned
from stack.configuration import upstream as described
from stack.gateway import Gateway

Kind = TypeVar("Kind", bound=Gateway)

USERS, SESSIONS_EACH = 20, 50
PASSWORD = "a thousand and one vials"
# Charged every time and refilled between two runs of a target, so never exhausted.
LIMITS = [
    {"name": f"{subject}-{route}", "key": [key], "rate": "10000/s", "burst": 1_000_000}
    for route in ("signed", "unsigned")
    for subject, key in (("address", "ip"), ("user", "user"))
]
LOGIN = {"name": "login", "key": ["ip"], "rate": "10000/s", "burst": 1_000_000}
ROUTES: list[dict[str, Any]] = [
    {"path": "/bare/**", "upstream": "unsigned", "require": "anonymous", "limits": []},
    *(
        {
            "path": f"/{route}/**",
            "upstream": route,
            "require": "user",
            "limits": [f"address-{route}", f"user-{route}"],
        }
        for route in ("signed", "unsigned")
    ),
]


class MeasuredGateway(Gateway):
    """One event loop on one processor, unless it is told otherwise before it starts."""

    processors = MEASURED

    def start(
        self, ready: bool = True, wrapper: Sequence[str | Path] = (), **environment: str
    ) -> "MeasuredGateway":
        super().start(ready, [*wrapper, *pinned(self.processors, [])], **environment)
        return self


def configure(kind: type[Kind], folder: Path, name: str, redis: int, backend: int, **others: Any) -> Kind:
    """A gateway with the routes and limits of the benchmark; `others` are top-level keys."""
    address = f"127.0.0.1:{backend}"
    upstreams = {"signed": described(address), "unsigned": described(address, assertion=False)}
    limits = [*LIMITS, LOGIN, *others.pop("limits", [])]
    routes = [*others.pop("routes", []), *ROUTES]
    return kind(folder, f"redis://127.0.0.1:{redis}", upstreams, routes, name, limits=limits, **others)


def write_credentials(folder: Path, redis: int, backend: int) -> Path:
    """Makes the sessions; a file with one `Authorization` for each."""
    gateway = configure(Gateway, folder, "seeding", redis, backend).start()
    try:
        tokens = [log_in(gateway, f"user{number}@plant.example") for number in range(USERS)]
    finally:
        gateway.stop()
    with socket.create_connection(("127.0.0.1", redis), timeout=10) as connection:
        tokens += [copied(connection, token) for token in tokens for _ in range(SESSIONS_EACH - 1)]
    path = folder / "fillgate-credentials"
    path.write_text("".join(f"Authorization: Bearer {token}\n" for token in tokens))
    return path


def log_in(gateway: Gateway, email: str) -> str:
    gateway.add_user(email, PASSWORD)
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    body = json.dumps({"email": email, "password": PASSWORD})
    connection.request("POST", "/api/v1/auth/login", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"login: {answer.status} {content.decode()}")
    return json.loads(content)["access_token"]


def copied(connection: socket.socket, token: str) -> str:
    """A new token for a copy of the session of `token`."""
    other = secrets.token_urlsafe(32)
    words = ["COPY", session_key(token), session_key(other)]
    parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    connection.sendall(f"*{len(words)}\r\n{parts}".encode())
    if connection.recv(64) != b":1\r\n":
        raise RuntimeError("a session could not be copied")
    return other


def session_key(token: str) -> str:
    return f"fg:s:{hashlib.sha256(token.encode()).hexdigest()}"
