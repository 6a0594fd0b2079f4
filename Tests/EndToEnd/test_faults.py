"""Things break under load: every request gets exactly one answer, which says what broke, and soon.

All these tests count: what the crowd sent is what it was told and what the access log says, whatever is wrong
behind the gateway meanwhile. When the fault is over, so are its answers, and nobody restarts anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from client import Client
from conftest import PASSWORD
from stack.configuration import upstream as described
from stack.crowd import Crowd
from stack.full_disk import FullDisk
from stack.gateway import Gateway
from stack.polling import eventually
from stack.redis import Redis
from stack.rig import Rig
from stack.unruly import Unruly

ALICE = "alice@plant.example"
# Several times the longest wait that the configuration below allows, short against a hang.
PATIENCE = 8.0

UNREACHABLE, INVALID, TIMEOUT = "502 upstream-unreachable", "502 upstream-invalid", "504 upstream-timeout"
# Once most of the answers have been such, and until the upstream is tried again.
RESTING = "503 upstream-unavailable"
STORE_AWAY = "503 store-unavailable"
LOST = "log lines were lost"


@dataclass
class Scene:
    """A gateway with short patience, in front of an upstream and a Redis that can be broken."""

    gateway: Gateway
    redis: Redis
    upstream: Unruly
    token: str

    def crowd(self, path: str) -> Crowd:
        token = self.token if path.startswith("/mine") else ""
        return Crowd(self.gateway.port, path, token=token, patience=PATIENCE)

    def logged(self, path: str) -> int:
        """Lines of the access log that tell of a request for exactly this path."""
        return sum(line.get("path") == path for line in self.gateway.log_lines())

    def assert_all_counted(self, crowd: Crowd) -> None:
        crowd.assert_each_request_got_one_answer()
        eventually("as many lines in the log as requests", lambda: self.logged(crowd.path) == crowd.sent)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Rig() as rig:
        redis, upstream = rig.redis(), rig.unruly()
        routes = [
            {"path": "/open/**", "upstream": "unruly", "require": "anonymous", "limits": []},
            {"path": "/mine/**", "upstream": "unruly", "require": "user", "limits": ["address", "api"]},
        ]
        # What breaks is to be told by its own name, every time: no circuit opens.
        patience = {
            "connect-timeout": "500ms",
            "response-timeout": "500ms",
            "circuit-breaker": {"requests": 0},
        }
        gateway = rig.gateway(
            redis,
            {"unruly": described(upstream.address, **patience)},
            routes,
            redis={"url": redis.url, "deadline": "100ms"},
            sessions={"cache": "1s"},
        ).start()
        gateway.add_user(ALICE, PASSWORD)
        yield Scene(gateway, redis, upstream, Client(gateway.url).log_in(ALICE, PASSWORD).token)


# Behind the gateway


def test_an_upstream_killed_under_load_is_502_until_it_is_back(scene: Scene) -> None:
    with scene.crowd("/open/killed") as crowd:
        crowd.settles_on(200)
        scene.upstream.kill()
        crowd.hears(502, 503)
        crowd.settles_on(502, 503)
        scene.upstream.start()
        crowd.settles_on(200)
    scene.assert_all_counted(crowd)
    assert set(crowd.summary()) <= {"200", UNREACHABLE, INVALID, RESTING}
    assert crowd.summary()[UNREACHABLE] > 0


def test_an_upstream_that_hangs_is_504_in_the_time_that_it_has(scene: Scene) -> None:
    with scene.crowd("/open/hung") as crowd:
        crowd.settles_on(200)
        scene.upstream.pause()
        try:
            crowd.hears(503, 504)
        finally:
            scene.upstream.resume()
        crowd.settles_on(200)
    scene.assert_all_counted(crowd)
    assert {"200", TIMEOUT} <= set(crowd.summary()) <= {"200", TIMEOUT, RESTING}


@pytest.mark.parametrize(
    ("manner", "told"),
    [("reset", INVALID), ("garbage", INVALID), ("half-head", INVALID), ("held-half-head", TIMEOUT)],
)
def test_an_upstream_that_talks_nonsense_gets_nobody_a_broken_answer(
    scene: Scene, manner: str, told: str
) -> None:
    with scene.crowd(f"/open/{manner}") as crowd:
        crowd.settles_on(200)
        scene.upstream.behave(manner)
        try:
            crowd.hears(int(told.split()[0]), 503)
        finally:
            scene.upstream.behave("well")
        crowd.settles_on(200)
    scene.assert_all_counted(crowd)
    assert {"200", told} <= set(crowd.summary()) <= {"200", told, RESTING}


# Beside the gateway


def redis_set(redis: Redis, name: str, value: str) -> None:
    assert redis.command("CONFIG", "SET", name, value) == b"+OK"


def make_replica(redis: Redis) -> None:
    # Of nobody: what matters is that it refuses writes.
    assert redis.command("REPLICAOF", "127.0.0.1", "1").startswith(b"+OK")


def make_primary(redis: Redis) -> None:
    assert redis.command("REPLICAOF", "NO", "ONE").startswith(b"+OK")


@pytest.mark.parametrize(
    ("name", "break_it", "mend_it"),
    [
        ("killed", Redis.kill, Redis.start),
        ("hung", Redis.pause, Redis.resume),
        ("read-only", make_replica, make_primary),
        (
            "out-of-memory",
            partial(redis_set, name="maxmemory", value="1"),
            partial(redis_set, name="maxmemory", value="0"),
        ),
    ],
)
def test_pain_3_a_redis_that_fails_under_load_is_503_and_logs_nobody_out(
    scene: Scene, name: str, break_it, mend_it
) -> None:
    with scene.crowd(f"/mine/{name}") as crowd:
        crowd.settles_on(200)
        break_it(scene.redis)
        try:
            # The sessions that are remembered go on being served for a while first.
            crowd.hears(503)
        finally:
            mend_it(scene.redis)
        crowd.settles_on(200)
    scene.assert_all_counted(crowd)
    assert set(crowd.summary()) == {"200", STORE_AWAY}


def test_routes_that_need_nobody_do_not_notice_a_hung_redis(scene: Scene) -> None:
    with scene.crowd("/open/without-redis") as crowd:
        crowd.settles_on(200)
        scene.redis.pause()
        try:
            crowd.settles_on(200)
        finally:
            scene.redis.resume()
    scene.assert_all_counted(crowd)
    assert set(crowd.summary()) == {"200"}


# Beneath the gateway


def test_a_full_disk_stops_no_request_and_the_log_says_what_it_lost(rig: Rig) -> None:
    upstream = rig.unruly()
    routes = [{"path": "/open/**", "upstream": "unruly", "require": "anonymous", "limits": []}]
    gateway = rig.gateway(rig.redis(), {"unruly": upstream.address}, routes)
    disk = FullDisk(rig.folder, size=256 << 10)
    gateway.start(wrapper=disk.command)
    with Crowd(gateway.port, "/open/logged", patience=PATIENCE) as crowd:
        crowd.settles_on(200)
        eventually("the disk is full", lambda: disk.free(gateway) == 0)
        for _ in range(10):
            crowd.settles_on(200)
        disk.make_room(gateway)
        crowd.settles_on(200)
    crowd.assert_each_request_got_one_answer()
    assert set(crowd.summary()) == {"200"}

    def all_accounted_for() -> bool:
        lines = disk.lines(gateway)
        kept = sum(line.get("path") == crowd.path for line in lines)
        lost = sum(int(line["lines"]) for line in lines if line.get("message") == LOST)
        return 0 < lost and kept + lost >= crowd.sent

    eventually("every request is in the log or counted as lost", all_accounted_for)
