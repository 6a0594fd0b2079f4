"""Redis goes and comes back: nobody is logged out, nothing hangs, nobody is blamed for it."""

import contextlib
import time

from client import Client
from conftest import PASSWORD
from stack.gateway import Gateway
from stack.keepers import Keeper
from stack.polling import eventually
from stack.recorder import Recorder
from stack.redis import Redis
from stack.rig import Rig

ALICE = "alice@plant.example"
ROUTES = [
    {"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": ["address", "api"]},
    {"path": "/open/**", "upstream": "recorder", "require": "anonymous", "limits": ["address"]},
]
# The contract's second, and as much again for a busy machine.
RECOVERY = 2.0
# Long against the 50 ms deadline, short against a hang.
PATIENCE = 5.0
# The same, for one request.
LONGEST = 1.0


def guarded(rig: Rig, redis: Redis) -> tuple[Gateway, Recorder]:
    upstream = rig.recorder()
    gateway = rig.gateway(
        redis, {"recorder": upstream.address}, ROUTES, redis={"url": redis.url, "deadline": "50ms"}
    )
    return gateway, upstream


def test_pain_3_a_redis_killed_and_restarted_under_load_logs_nobody_out(rig: Rig) -> None:
    redis = rig.redis()
    gateway, _ = guarded(rig, redis)
    gateway.start()
    gateway.add_user(ALICE, PASSWORD)
    clients = [Client(gateway.url, timeout=PATIENCE).log_in(ALICE, PASSWORD) for _ in range(4)]
    keepers = [Keeper(client, "/mine/page") for client in clients]
    with contextlib.ExitStack() as stack:
        for keeper in keepers:
            stack.enter_context(keeper)
        for keeper in keepers:
            keeper.hears(200, PATIENCE)
        redis.kill()
        for keeper in keepers:
            keeper.hears(503, PATIENCE)
        redis.start()
        back = time.monotonic()
        for keeper in keepers:
            keeper.hears(200, PATIENCE)
        assert time.monotonic() - back < RECOVERY
    assert {status for keeper in keepers for status in keeper.told} == {200, 503}
    for client in clients:
        assert client.get("/api/v1/auth/me").status_code == 200


def test_pain_1_while_redis_hangs_nobody_waits_for_it(rig: Rig) -> None:
    redis = rig.redis()
    gateway, _ = guarded(rig, redis)
    gateway.start()
    gateway.add_user(ALICE, PASSWORD)
    alice = Client(gateway.url, timeout=PATIENCE).log_in(ALICE, PASSWORD)
    stranger = Client(gateway.url, timeout=PATIENCE)
    with Keeper(alice, "/mine/page") as mine, Keeper(stranger, "/open/page") as limited:
        mine.hears(200, PATIENCE)
        limited.hears(200, PATIENCE)
        redis.pause()
        try:
            before = limited.told[200]
            eventually(
                "both are told a hundred times", lambda: min(mine.told[503], limited.told[200] - before) > 100
            )
        finally:
            redis.resume()
        mine.hears(200, PATIENCE)
    assert (set(mine.told), set(limited.told)) == ({200, 503}, {200})
    assert max(mine.longest, limited.longest) < LONGEST


def test_pain_2_a_lost_redis_is_never_reported_as_the_clients_fault(rig: Rig) -> None:
    redis = rig.redis()
    gateway, _ = guarded(rig, redis)
    gateway.start()
    gateway.add_user(ALICE, PASSWORD)
    client = Client(gateway.url, timeout=PATIENCE).log_in(ALICE, PASSWORD)
    redis.kill()
    refused = eventually(
        "the cached session has run out",
        lambda: answer if (answer := client.get("/mine/page")).status_code != 200 else None,
        PATIENCE,
    )
    assert refused.status_code == 503
    assert refused.json()["code"] == "store-unavailable"
    assert int(refused.headers["Retry-After"]) >= 1
    assert "Set-Cookie" not in refused.headers
    assert client.get("/open/page").status_code == 200, "a policy whose failure answer is local still admits"
    assert client.try_login(ALICE, PASSWORD).status_code == 503


def test_pain_5_a_gateway_starts_without_redis_and_serves_when_it_comes(rig: Rig) -> None:
    redis = rig.redis(start=False)
    gateway, _ = guarded(rig, redis)
    gateway.start(ready=False)
    assert gateway.status("/ready") == 503
    client = Client(gateway.url, timeout=PATIENCE)
    client.bear("A" * 43)
    assert client.get("/mine/page").status_code == 503
    redis.start()
    eventually("it serves", lambda: client.get("/mine/page").status_code == 401, RECOVERY)
    gateway.add_user(ALICE, PASSWORD)
    client.log_in(ALICE, PASSWORD)
    assert client.get("/mine/page").status_code == 200
    eventually("it is ready", lambda: gateway.status("/ready") == 200, PATIENCE)
