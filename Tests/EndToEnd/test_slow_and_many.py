"""Clients who take their time, by the hundred: they cost little, end in time, and hold nobody else up.

`ops/load/run` does the same with thousands and with a clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from stack.configuration import upstream as described
from stack.crowd import Crowd
from stack.gateway import Gateway
from stack.rig import Rig
from stack.slow_clients import SlowClients

MIB = 1 << 20
# What a connection may add, in a debug build, be it slow or idle: far below one buffer of 64 KiB.
EACH = 16 << 10
# What the allocator and the log keep on top of that, however many come.
ONCE = 16 * MIB
PATIENCE = 15.0


@dataclass
class Scene:
    rig: Rig
    gateway: Gateway

    def slow(self, clients: int, manner: str, path: str = "/open/slow", seconds: float = 60) -> SlowClients:
        return SlowClients(
            self.rig.folder, self.gateway.port, clients, manner, path, 0.5, seconds, addresses=8
        )

    def memory(self) -> int:
        assert self.gateway.program is not None
        return self.gateway.program.resident_bytes()

    def warm_up(self) -> None:
        with self.crowd() as crowd:
            crowd.settles_on(200)

    def crowd(self) -> Crowd:
        return Crowd(self.gateway.port, "/open/page", patience=PATIENCE)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Rig() as rig:
        upstream = rig.unruly()
        routes = [{"path": "/**", "upstream": "unruly", "require": "anonymous", "limits": []}]
        gateway = rig.gateway(
            rig.redis(),
            {"unruly": described(upstream.address, **{"max-connections": 2000})},
            routes,
            connections={
                "per-address": 2000,
                "header-timeout": "1s",
                "body-grace": "1s",
            },
        ).start()
        yield Scene(rig, gateway)


@pytest.mark.parametrize("manner", ["header", "body"])
def test_slow_senders_are_told_408_and_nobody_else_notices(scene: Scene, manner: str) -> None:
    scene.warm_up()
    before = scene.memory()
    slow = scene.slow(400, manner, seconds=120)
    with scene.crowd() as crowd:
        slow.all_there()
        crowd.settles_on(200)
        during = scene.memory()
        outcome = slow.all_told().stop()
        crowd.settles_on(200)
    crowd.assert_each_request_got_one_answer()
    assert set(crowd.summary()) == {"200"}
    assert during - before < ONCE + 400 * EACH
    # Whoever was cut off came back, and those who are there at the end are not done yet.
    assert outcome.answers_408 >= 400
    assert outcome.answers_other == outcome.cut == 0


def test_idle_connections_cost_little(scene: Scene) -> None:
    scene.warm_up()
    before = scene.memory()
    idle = scene.slow(1000, "idle").all_there()
    try:
        assert scene.memory() - before < ONCE + 1000 * EACH
        with scene.crowd() as crowd:
            crowd.settles_on(200)
        crowd.assert_each_request_got_one_answer()
    finally:
        outcome = idle.stop()
    assert outcome.answers_200 == outcome.there == 1000


def test_clients_who_never_read_hold_less_than_a_mebibyte_each(scene: Scene) -> None:
    scene.warm_up()
    before = scene.memory()
    deaf = scene.slow(50, "deaf", f"/large/{256 * MIB}").all_there()
    try:
        with scene.crowd() as crowd:
            for _ in range(5):
                crowd.settles_on(200)
        crowd.assert_each_request_got_one_answer()
        assert scene.memory() - before < 50 * MIB
    finally:
        outcome = deaf.stop()
    assert outcome.there == 50
