"""What a request costs, where that can be counted. `costs.toml` holds the bounds, and says why they are so.

Counts are differences of two counts, so that what a start or an idle second costs cancels out. Time is not
measured here: a busy machine would decide.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from client import Client
from conftest import PASSWORD
from stack.asking import Asker
from stack.configuration import upstream as described
from stack.cost import Allocations, is_debug, system_calls
from stack.gateway import Gateway
from stack.rig import Rig

ALICE = "alice@plant.example"
COSTS = tomllib.loads(Path(__file__).with_name("costs.toml").read_text())
FEW, MANY = 200, 1000
PATHS = {"bare": "/open/page", "full": "/mine/page"}
EVENT_LOOPS = 2


@dataclass
class Scene:
    rig: Rig
    gateway: Gateway
    allocations: Allocations
    token: str

    def asker(self, route: str) -> Asker:
        asker = Asker(self.gateway.port, PATHS[route], self.token if route == "full" else "")
        # What is made once and kept is there after these.
        asker.ask(FEW)
        return asker


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Rig() as rig:
        redis, upstream = rig.redis(), rig.unruly()
        routes = [
            {"path": "/open/**", "upstream": "unruly", "require": "anonymous", "limits": []},
            {"path": "/mine/**", "upstream": "unruly", "require": "user", "limits": ["address", "api"]},
        ]
        # What is asked of the upstream by the clock is not part of a request.
        rarely = {"health-check": {"path": "/ready", "interval": "1m"}}
        behind = {"unruly": described(upstream.address, assertion=False, **rarely)}
        gateway = rig.gateway(redis, behind, routes)
        allocations = Allocations(rig.folder)
        gateway.start(**allocations.environment)
        gateway.add_user(ALICE, PASSWORD)
        token = Client(gateway.url).log_in(ALICE, PASSWORD).token
        yield Scene(rig, gateway, allocations, token)


@pytest.mark.parametrize("route", PATHS)
def test_a_request_allocates_no_more_than_is_agreed(scene: Scene, route: str) -> None:
    with closing(scene.asker(route)) as asker:
        counts = []
        for times in (FEW, MANY):
            before = scene.allocations.so_far()
            asker.ask(times)
            counts.append(scene.allocations.so_far() - before)
    each = (counts[1] - counts[0]) / (MANY - FEW)
    bound = COSTS[route]["allocations"]["debug" if is_debug(scene.gateway) else "release"]
    assert each <= bound["most"], f"{each:.2f} allocations a request; {bound['why']}"


@pytest.mark.parametrize("route", PATHS)
def test_a_request_makes_no_more_system_calls_than_are_agreed(scene: Scene, route: str) -> None:
    assert scene.gateway.program is not None
    with closing(scene.asker(route)) as asker:
        few, many = (
            Counter(system_calls(scene.gateway.program, scene.rig.folder, times, asker.ask))
            for times in (FEW, MANY)
        )
    each = {name: (many[name] - few[name]) / (MANY - FEW) for name in many}
    bounds = COSTS[route]["system-calls"]
    found = {name: each.pop(name, 0.0) for name in bounds if name != "others"}
    found["others"] = sum(each.values())
    for name, count in found.items():
        assert count <= bounds[name]["most"], f"{count:.2f} of {name}: {bounds[name]['why']}; others: {each}"
    # A count that finds nothing would prove nothing.
    assert found["read"] >= 1 and found["write"] >= 1


def test_pain_33_a_thousand_clients_use_as_many_sockets_to_redis_as_ten(rig: Rig) -> None:
    redis, upstream = rig.redis(), rig.unruly()
    routes = [{"path": "/mine/**", "upstream": "unruly", "require": "user", "limits": ["address", "api"]}]
    gateway = rig.gateway(
        redis,
        {"unruly": upstream.address},
        routes,
        connections={"per-address": 2000},
        **{"event-loops": EVENT_LOOPS},
    ).start()
    gateway.add_user(ALICE, PASSWORD)
    token = Client(gateway.url).log_in(ALICE, PASSWORD).token
    askers: list[Asker] = []
    try:
        for clients in (10, 1000):
            while len(askers) < clients:
                askers.append(Asker(gateway.port, "/mine/page", token))
            for asker in askers:
                asker.ask(1)
            assert 1 <= redis.connections() <= 2 * EVENT_LOOPS
    finally:
        for asker in askers:
            asker.close()
