"""The gateway as it is measured, and a thousand sessions for it.

The sessions are real: made through `POST /api/v1/auth/login` with the password hash of the defaults, by a
second gateway on the same Redis that may use every processor: the measured one has done nothing before.
"""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from processors import MEASURED, pinned
from stack.binaries import binary
from stack.gateway import Gateway
from stack.program import Program

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
    """One event loop on one processor."""

    def start(self, ready: bool = True, **environment: str) -> "MeasuredGateway":
        command = pinned(MEASURED, [binary("fillgate"), "serve", "--config", self.config])
        self.program = Program(self.name, command, self._folder, environment)
        self.program.until("is ready", lambda: self.status("/ready") == 200)
        return self


def configure(kind: type[Kind], folder: Path, name: str, redis: int, backend: int) -> Kind:
    """A gateway with the routes and limits of the benchmark."""
    address = f"127.0.0.1:{backend}"
    upstreams = {"signed": address, "unsigned": address}
    gateway = kind(folder, f"redis://127.0.0.1:{redis}", upstreams, ROUTES, name, limits=[*LIMITS, LOGIN])
    content = json.loads(gateway.config.read_text())
    content["upstreams"]["unsigned"]["assertion"] = False
    gateway.config.write_text(json.dumps(content, indent=2))
    return gateway


def write_credentials(folder: Path, redis: int, backend: int) -> Path:
    """Logs in a thousand times; a file with one `Authorization` a session."""
    gateway = configure(Gateway, folder, "seeding", redis, backend).start()
    try:
        emails = [f"user{number}@plant.example" for number in range(USERS)]
        for email in emails:
            gateway.add_user(email, PASSWORD)
        with ThreadPoolExecutor(4) as pool:
            tokens = [
                token
                for found in pool.map(lambda email: log_in(gateway.port, email), emails)
                for token in found
            ]
    finally:
        gateway.stop()
    path = folder / "fillgate-credentials"
    path.write_text("".join(f"Authorization: Bearer {token}\n" for token in tokens))
    return path


def log_in(port: int, email: str) -> list[str]:
    body = json.dumps({"email": email, "password": PASSWORD})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    tokens = []
    for _ in range(SESSIONS_EACH):
        connection.request("POST", "/api/v1/auth/login", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"login: {answer.status} {content.decode()}")
        tokens.append(json.loads(content)["access_token"])
    return tokens
