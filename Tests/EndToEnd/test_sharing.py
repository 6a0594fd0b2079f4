"""Two gateways on one Redis are one gateway."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from client import Client
from conftest import PASSWORD
from stack.gateway import Gateway
from stack.polling import eventually
from stack.recorder import Recorder
from stack.rig import Rig

ALICE = "alice@plant.example"
RATE, BURST = 100, 50
# What the contract promises for anything that must hold on every worker.
EVERYWHERE = 1.0


@dataclass
class Pair:
    first: Gateway
    second: Gateway
    upstream: Recorder


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with Rig() as rig:
        redis, upstream = rig.redis(), rig.recorder()
        limits = [
            {"name": "login", "key": ["ip"], "rate": "1000/s", "burst": 10000},
            {"name": "shared", "key": ["user"], "rate": f"{RATE}/s", "burst": BURST},
            {"name": "narrow", "key": ["user"], "rate": "6/min", "burst": 3},
        ]
        routes = [
            {"path": "/limited/**", "upstream": "recorder", "require": "user", "limits": ["shared"]},
            {"path": "/narrow/**", "upstream": "recorder", "require": "user", "limits": ["narrow"]},
            {"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": []},
        ]
        gateways = [
            rig.gateway(redis, {"recorder": upstream.address}, routes, name, limits=limits).start()
            for name in ("first", "second")
        ]
        gateways[0].add_user(ALICE, PASSWORD)
        yield Pair(gateways[0], gateways[1], upstream)


def test_a_session_begun_at_one_gateway_is_good_at_the_other_and_ends_at_both(pair: Pair) -> None:
    here = Client(pair.first.url).log_in(ALICE, PASSWORD)
    there = Client(pair.second.url)
    there.bear(here.token)
    assert there.get("/mine/page").status_code == 200
    assert there.post("/api/v1/auth/logout").status_code == 204
    eventually("logged out at the first", lambda: here.get("/mine/page").status_code == 401, EVERYWHERE)


@dataclass
class Flood:
    """Threads that ask as fast as they can, and what the gateways admitted."""

    pair: Pair
    token: str

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._statuses: list[int] = []

    def _ask(self, gateway: Gateway) -> None:
        client = Client(gateway.url)
        client.bear(self.token)
        while not self._stop.is_set():
            self._statuses.append(client.get("/limited/page").status_code)

    def run(self, seconds: float) -> tuple[list[int], float, float]:
        """All statuses, and the shortest and the longest that the flood can be said to have lasted."""
        threads = [
            threading.Thread(target=self._ask, args=(gateway,))
            for gateway in (self.pair.first, self.pair.second)
            for _ in range(2)
        ]
        before = time.monotonic()
        for thread in threads:
            thread.start()
        eventually("the flood has begun", lambda: len(self._statuses) >= BURST)
        begun = time.monotonic()
        self._stop.wait(seconds)
        last = time.monotonic()
        self._stop.set()
        for thread in threads:
            thread.join()
        return self._statuses, last - begun, time.monotonic() - before


def test_two_gateways_together_admit_exactly_what_one_policy_allows(pair: Pair) -> None:
    client = Client(pair.first.url).log_in(ALICE, PASSWORD)
    statuses, shortest, longest = Flood(pair, client.token).run(seconds=6)
    admitted = statuses.count(200)
    assert set(statuses) == {200, 429}
    assert admitted == len(pair.upstream.under("/limited/")), "what was admitted is what was forwarded"
    assert admitted <= BURST + RATE * longest
    assert admitted >= 0.99 * (BURST + RATE * shortest)


def test_pain_9_admitted_or_refused_the_answer_says_what_is_left_and_when_to_come_back(pair: Pair) -> None:
    here = Client(pair.first.url).log_in(ALICE, PASSWORD)
    there = Client(pair.second.url)
    there.bear(here.token)
    answers = [client.get("/narrow/page") for client in (here, there, here, there)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    for answer, left in zip(answers, (2, 1, 0, 0), strict=True):
        assert answer.headers["RateLimit-Policy"] == '"narrow";q=3;w=30'
        assert answer.headers["RateLimit"].startswith(f'"narrow";r={left};t=')
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 10
    assert answers[-1].json()["code"] == "rate-limited"
    assert "narrow" in answers[-1].json()["detail"]


def test_pain_16_an_unlock_takes_effect_on_every_gateway_at_once(pair: Pair, address: str) -> None:
    bob = "bob@plant.example"
    pair.first.add_user(bob, PASSWORD)
    here, there = Client(pair.first.url, address), Client(pair.second.url, address)
    for _ in range(5):
        assert here.try_login(bob, "not the password at all").status_code == 401
    assert here.try_login(bob, PASSWORD).status_code == 401
    assert there.try_login(bob, PASSWORD).status_code == 401

    locked = pair.second.command("lockouts")
    assert bob in locked.stdout and address in locked.stdout
    assert pair.first.command("unlock", bob).returncode == 0
    for client in (there, here):
        is_let_in = partial(lets_in, client, bob)
        eventually("the lock is gone", is_let_in, EVERYWHERE)


def lets_in(client: Client, email: str) -> bool:
    return client.try_login(email, PASSWORD).status_code == 200
