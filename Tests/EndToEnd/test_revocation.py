"""What is revoked anywhere is refused everywhere within a second, whatever is cached."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from client import Client
from conftest import PASSWORD
from stack.gateway import Gateway
from stack.polling import eventually
from stack.redis import Redis
from stack.rig import Rig

ALICE = "alice@plant.example"
EVERYWHERE = 1.0
OK, UNAUTHORIZED, FORBIDDEN, UNAVAILABLE = 200, 401, 403, 503


@dataclass
class Pair:
    first: Gateway
    second: Gateway
    redis: Redis


@pytest.fixture
def pair() -> Iterator[Pair]:
    with Rig() as rig:
        redis, upstream = rig.redis(), rig.recorder()
        routes = [{"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": []}]
        gateways = [
            # Much longer than a revocation may take to hold.
            rig.gateway(
                redis, {"recorder": upstream.address}, routes, name, limits=[], sessions={"cache": "10s"}
            ).start()
            for name in ("first", "second")
        ]
        gateways[0].add_user(ALICE, PASSWORD)
        yield Pair(gateways[0], gateways[1], redis)


def bearing(pair: Pair, token: str) -> list[Client]:
    clients = [Client(gateway.url) for gateway in (pair.first, pair.second)]
    for client in clients:
        client.bear(token)
        for _ in range(20):
            assert client.get("/mine/page").status_code == OK
    return clients


def answers(client: Client, status: int) -> bool:
    return client.get("/mine/page").status_code == status


def test_pain_25_a_key_works_everywhere_within_its_scopes_and_is_revoked_everywhere(pair: Pair) -> None:
    made = pair.first.command(
        "key", "create", ALICE, "--name", "nightly", "--scope", "read", "--expires", "1h"
    )
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    clients = bearing(pair, secret)
    refused = clients[0].post("/mine/page")
    assert refused.status_code == FORBIDDEN
    assert refused.json()["code"] == "insufficient-scope"
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="write"'

    listed = json.loads(pair.second.command("key", "list", ALICE, "--json").stdout)
    assert [key["name"] for key in listed] == ["nightly"]
    assert listed[0]["last_used_at"] is not None
    assert pair.second.command("key", "revoke", ALICE, "--id", listed[0]["id"]).returncode == 0
    for client in clients:
        eventually("the key is refused", partial(answers, client, UNAUTHORIZED), EVERYWHERE)


@pytest.mark.parametrize("words", [["sessions", "revoke", "--all"], ["user", "disable"]])
def test_pain_16_a_revoked_session_is_served_nowhere_after_a_second_though_redis_goes(
    pair: Pair, words: list[str]
) -> None:
    token = Client(pair.first.url).log_in(ALICE, PASSWORD).token
    clients = bearing(pair, token)
    begun = time.monotonic()
    assert pair.first.command(*words, ALICE).returncode == 0
    revoked = time.monotonic()
    pair.redis.kill()
    while time.monotonic() < revoked + 3:
        for client in clients:
            asked = time.monotonic()
            status = client.get("/mine/page").status_code
            assert status != OK or asked < revoked + EVERYWHERE, f"served {asked - begun:.3f} s later"


def test_pain_3_who_hears_of_no_ends_serves_nothing_from_memory_and_logs_nobody_out(pair: Pair) -> None:
    token = Client(pair.first.url).log_in(ALICE, PASSWORD).token
    clients = bearing(pair, token)
    pair.redis.kill()
    for client in clients:
        eventually("it is served no more", lambda client=client: answers(client, UNAVAILABLE), EVERYWHERE + 1)
    pair.redis.start()
    for client in clients:
        eventually("it is served again: nobody was logged out", partial(answers, client, OK))
