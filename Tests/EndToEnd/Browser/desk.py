"""A gateway of its own for tests of the gateway's pages, which guess passwords and shut people out."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from client import Client
from stack.gateway import Gateway
from stack.recorder import Recorder
from stack.redis import Redis
from stack.rig import Rig

ADMIN = "root@plant.example"
PASSWORD = "nine otters under the old mill"
WRONG = "surely not the password"

LIMITS = [
    {"name": "address", "key": ["ip"], "rate": "5000/s", "burst": 50000},
    {"name": "login", "key": ["ip"], "rate": "1000/s", "burst": 10000},
    {"name": "api", "key": ["user"], "rate": "5000/s", "burst": 50000},
    {"name": "narrow", "key": ["ip"], "rate": "1/h", "burst": 2},
    {"name": "trial", "key": ["ip"], "rate": "1/h", "burst": 1, "mode": "shadow"},
    {"name": "exports", "key": ["user"], "in-flight": 3},
]
ROUTES = [
    {"path": "/open/**", "upstream": "recorder", "require": "anonymous", "limits": ["trial", "narrow"]},
    {"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": ["api", "exports"]},
]


@dataclass
class Desk:
    """An administrator, and as many others as a test wants."""

    redis: Redis
    gateway: Gateway
    upstream: Recorder
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def user(self, prefix: str = "user") -> str:
        email = f"{prefix}{next(self._numbers)}@plant.example"
        self.gateway.add_user(email, PASSWORD)
        return email

    def client(self, email: str, agent: str | bytes = "tests/1", address: str = "127.0.0.1") -> Client:
        """Somebody who has logged in by a program."""
        client = Client(self.gateway.url, address)
        client.http.headers["User-Agent"] = agent
        return client.log_in(email, PASSWORD)


@contextlib.contextmanager
def opened(**others: Any) -> Iterator[Desk]:
    with Rig() as rig:
        redis, upstream = rig.redis(), rig.recorder()
        upstreams: dict[str, str | dict[str, Any]] = {"recorder": upstream.address}
        gateway = rig.gateway(redis, upstreams, ROUTES, limits=LIMITS, **others).start()
        gateway.add_user(ADMIN, PASSWORD, admin=True)
        yield Desk(redis, gateway, upstream)
