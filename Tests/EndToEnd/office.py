"""An administrator at work, who has nothing but the admin API."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from client import Client
from stack.gateway import Gateway
from stack.rig import Rig

ADMIN, PLANNER = "root@plant.example", "new.planner@plant.example"
OWN = "what only root knows"
FIRST, SECOND = "nine otters under the old mill", "seven herons stand in the reeds"
WRONG = "surely not the password"
BURST, PLACES = 5, 2
OK, MADE = 200, 201


@dataclass
class Office:
    """An administrator at one gateway; everybody else's requests may go through another on the same Redis."""

    gateway: Gateway
    elsewhere: Gateway
    folder: Path
    # Everything that was to be kept secret.
    secrets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.secrets += [OWN, FIRST, SECOND, WRONG]
        self.admin = self.log_in(ADMIN, OWN)

    def log_in(self, email: str, password: str, gateway: Gateway | None = None) -> Client:
        client = Client((gateway or self.gateway).url).log_in(email, password)
        self.secrets.append(client.token)
        return client

    def ask(self, method: str, path: str, status: int = OK, **options: Any) -> Any:
        """What the admin API answers; `json` and `params` are the request's."""
        answer = self.admin.call(method, f"/api/v1/admin{path}", **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def make(self, email: str, password: str = FIRST, **others: Any) -> dict[str, Any]:
        return self.ask("POST", "/users", MADE, json={"email": email, "password": password, **others})

    def audit(self, email: str, limit: int = 3) -> list[dict[str, Any]]:
        """Everything about an account, page by page, oldest first."""
        events: list[dict[str, Any]] = []
        params: dict[str, Any] = {"user": email, "limit": limit}
        while True:
            page = self.ask("GET", "/audit", params=params)
            assert len(page["events"]) <= limit
            events += page["events"]
            if page["next"] is None:
                return events[::-1]
            params["cursor"] = page["next"]


@contextlib.contextmanager
def opened() -> Iterator[Office]:
    """Two gateways that remember sessions for longer than a revocation may take, and an administrator."""
    with Rig() as rig:
        redis, upstream = rig.redis(), rig.recorder()
        limits = [
            {"name": "login", "key": ["ip"], "rate": "1000/s", "burst": 10000},
            {"name": "narrow", "key": ["user"], "rate": "2/h", "burst": BURST},
            {"name": "exports", "key": ["user"], "in-flight": PLACES},
        ]
        routes = [
            {"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": []},
            {"path": "/narrow/**", "upstream": "recorder", "require": "user", "limits": ["narrow"]},
            {"path": "/exports/**", "upstream": "recorder", "require": "user", "limits": ["exports"]},
        ]
        first, second = (
            rig.gateway(
                redis,
                {"recorder": upstream.address},
                routes,
                name,
                limits=limits,
                sessions={"cache": "10s"},
            ).start()
            for name in ("first", "second")
        )
        first.add_user(ADMIN, OWN, admin=True)
        yield Office(first, second, rig.folder)


def serves(client: Client, status: int, path: str = "/mine/page") -> bool:
    """Whether a request of the client's is answered so."""
    return client.get(path).status_code == status
