"""What the tests share: a running plant, users, and scratch rigs for tests that break things."""

import itertools
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from client import Client
from office import Office, opened
from stack.gateway import Gateway
from stack.recorder import Recorder
from stack.redis import Redis
from stack.rig import Rig
from stack.scheduler import Scheduler

# A suite that is told to stop takes its servers down as it does on Ctrl-C.
signal.signal(signal.SIGTERM, signal.default_int_handler)

PASSWORD = "four lots before breakfast"


@dataclass
class Plant:
    """Redis, scheduler and gateway, running; tests that use it leave it as they found it."""

    redis: Redis
    scheduler: Scheduler
    gateway: Gateway

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)

    def fresh_user(self) -> str:
        email = f"user{next(self._numbers)}@plant.example"
        self.gateway.add_user(email, PASSWORD)
        return email

    def client(self, email: str | None = None) -> Client:
        """Someone who has logged in; somebody new unless named."""
        return Client(self.gateway.url).log_in(email or self.fresh_user(), PASSWORD)


@dataclass
class Recording:
    """A gateway in front of an upstream that remembers: /open is for all, /mine for users."""

    gateway: Gateway
    upstream: Recorder

    def client(self) -> Client:
        return Client(self.gateway.url).log_in("alice@plant.example", PASSWORD)


@pytest.fixture(scope="session")
def plant() -> Iterator[Plant]:
    with Rig() as rig:
        yield Plant(*rig.plant())


@pytest.fixture
def rig() -> Iterator[Rig]:
    with Rig() as rig:
        yield rig


@pytest.fixture
def office() -> Iterator[Office]:
    with opened() as office:
        yield office


BODY_LIMIT = 65_536


@pytest.fixture(scope="session")
def recording() -> Iterator[Recording]:
    with Rig() as rig:
        upstream = rig.recorder()
        routes = [
            {"path": "/open/**", "upstream": "recorder", "require": "anonymous", "limits": []},
            {"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": ["address", "api"]},
            {"path": "/narrow/**", "upstream": "recorder", "require": "anonymous", "limits": ["narrow"]},
            {
                "path": "/small/**",
                "upstream": "recorder",
                "require": "anonymous",
                "limits": [],
                "body-limit": f"{BODY_LIMIT // 1024}KiB",
            },
            {"path": "/dead/**", "upstream": "nobody", "require": "anonymous", "limits": []},
        ]
        limits = [
            {"name": "address", "key": ["ip"], "rate": "5000/s", "burst": 50000},
            {"name": "login", "key": ["ip"], "rate": "1000/s", "burst": 10000},
            {"name": "api", "key": ["user"], "rate": "5000/s", "burst": 50000},
            {"name": "narrow", "key": ["ip"], "rate": "1/h", "burst": 3},
        ]
        gateway = rig.gateway(
            rig.redis(), {"recorder": upstream.address, "nobody": "127.0.0.1:1"}, routes, limits=limits
        )
        # One upstream is dead on purpose, so this gateway is never ready.
        gateway.start(ready=False)
        gateway.add_user("alice@plant.example", PASSWORD)
        yield Recording(gateway, upstream)


_addresses = itertools.count(2)


@pytest.fixture
def address() -> str:
    """A loopback address that no other test connects from."""
    number = next(_addresses)
    return f"127.0.{1 + number // 250}.{1 + number % 250}"
