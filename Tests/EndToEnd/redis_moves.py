"""What holds while Redis is failed over or resharded under load, whichever way it is."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from client import Client
from conftest import PASSWORD
from stack.gateway import Gateway
from stack.keepers import Keeper
from stack.polling import eventually
from stack.redis_nodes import Cluster, SentinelGroup
from stack.rig import Rig

BURST = 20
ROUTES = [
    {"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": ["address", "api"]},
    {"path": "/strict/**", "upstream": "recorder", "require": "anonymous", "limits": ["strict"]},
    {"path": "/local/**", "upstream": "recorder", "require": "anonymous", "limits": ["own"]},
]
LIMITS = [
    {"name": "address", "key": ["ip"], "rate": "5000/s", "burst": 50000},
    {"name": "login", "key": ["ip"], "rate": "1000/s", "burst": 10000},
    {"name": "api", "key": ["user"], "rate": "5000/s", "burst": 50000},
    {"name": "strict", "key": ["ip"], "rate": "2/h", "burst": BURST, "on-store-failure": "deny"},
    {"name": "own", "key": ["ip"], "rate": "2/h", "burst": BURST},
]
USERS = 6
LOGGED_OUT = 401
# The deadline is 50 ms; this is short against a hang and long against a busy machine.
LONGEST = 5.0


def guarded(rig: Rig, store: SentinelGroup | Cluster, deadline: str = "50ms") -> Gateway:
    upstream = rig.recorder()
    gateway = rig.gateway(
        store,
        {"recorder": upstream.address},
        ROUTES,
        limits=LIMITS,
        redis={"url": store.url, "deadline": deadline},
    )
    return gateway.start()


def _is_known(client: Client) -> bool:
    status = client.get("/api/v1/auth/me").status_code
    if status == LOGGED_OUT:
        pytest.fail("a session was lost")
    return status == 200


@contextlib.contextmanager
def under_load(gateway: Gateway, settled: Callable[[], None]) -> Iterator[list[Keeper]]:
    """Users with sessions, and strangers who use up limits, while the body moves Redis about.

    Afterwards: no session was lost and nobody logged out, what was refused was 503, no limit let through more
    than another burst, and nothing hung. `settled` is called when all have logged in.
    """
    users = [f"user{number}@plant.example" for number in range(USERS)]
    for user in users:
        gateway.add_user(user, PASSWORD)
    # A busy machine may not keep the deadline.
    clients = [
        eventually(f"{user} logs in", partial(Client(gateway.url).log_in, user, PASSWORD)) for user in users
    ]
    settled()
    keepers = [Keeper(client, "/mine/page") for client in clients]
    strict = [Keeper(Client(gateway.url), "/strict/page") for _ in range(2)]
    local = [Keeper(Client(gateway.url), "/local/page") for _ in range(2)]
    with contextlib.ExitStack() as stack:
        for keeper in keepers + strict + local:
            stack.enter_context(keeper)
        for keeper in keepers:
            keeper.hears(200)
        for keeper in strict + local:
            keeper.hears(429)
        yield keepers
        for keeper in keepers:
            keeper.hears(200)
        for keeper in strict:
            keeper.hears(429)
    for client in clients:
        eventually("the session is there", partial(_is_known, client))
    for keeper in keepers:
        assert set(keeper.told) <= {200, 503}, keeper.told
    for kind in (strict, local):
        told = sum((keeper.told for keeper in kind), start=type(kind[0].told)())
        assert set(told) <= {200, 429, 503}, told
        # One more for what the rate gives back in a test of less than half an hour.
        assert BURST <= told[200] <= 2 * BURST + 1, told
    assert max(keeper.longest for keeper in keepers + strict + local) < LONGEST
