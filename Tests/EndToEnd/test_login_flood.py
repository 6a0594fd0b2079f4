"""More logins than can be hashed: they are told so, and nobody else notices."""

import itertools
from collections import Counter

import requests

from client import Client
from conftest import PASSWORD
from stack.keepers import Keeper
from stack.polling import eventually
from stack.rig import Rig
from stack.threads import Threads

ALICE = "alice@plant.example"
ROUTES = [{"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": []}]
CLIENTS = 16
ENOUGH = 20
OK, UNAUTHORIZED, OVERLOADED = 200, 401, 503
# Far more than a request takes, even on a busy machine.
LONGEST = 1.0


class Flood(Threads):
    """Guessers of nobody's passwords, as many at a time as there are clients."""

    def __init__(self, url: str, address: str) -> None:
        super().__init__(CLIENTS)
        self.told: Counter[int] = Counter()
        self.refusals: list[requests.Response] = []
        self._numbers = itertools.count(1)
        self._clients = [Client(url, address) for _ in range(CLIENTS)]

    def _run(self, number: int) -> None:
        client = self._clients[number]
        while not self._is_over.is_set():
            answer = client.try_login(f"nobody{next(self._numbers)}@plant.example", PASSWORD)
            self.told[answer.status_code] += 1
            if answer.status_code == OVERLOADED:
                self.refusals.append(answer)
                # As it is told to come back later.
                self._is_over.wait(0.05)


def test_pain_28_a_flood_of_logins_is_told_503_and_proxied_requests_do_not_notice(
    rig: Rig, address: str
) -> None:
    upstream = rig.recorder()
    login = {"hash-workers": 1, "hash-queue": 2}
    gateway = rig.gateway(rig.redis(), {"recorder": upstream.address}, ROUTES, login=login).start()
    gateway.add_user(ALICE, PASSWORD)
    alice = Client(gateway.url).log_in(ALICE, PASSWORD)
    with Keeper(alice, "/mine/page") as keeper, Flood(gateway.url, address) as flood:
        eventually(
            "guesses are hashed and turned away",
            lambda: min(flood.told[UNAUTHORIZED], flood.told[OVERLOADED], keeper.told[OK]) > ENOUGH,
            within=60,
        )
    assert set(flood.told) == {UNAUTHORIZED, OVERLOADED}
    for answer in flood.refusals:
        assert answer.json()["code"] == "overloaded"
        assert int(answer.headers["Retry-After"]) >= 1
    assert set(keeper.told) == {OK}
    assert keeper.longest < LONGEST
    # It is over when the flood is.
    assert Client(gateway.url).try_login(ALICE, PASSWORD).status_code == OK
