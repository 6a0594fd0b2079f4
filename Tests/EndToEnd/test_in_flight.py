"""A bound on requests in flight holds over all gateways, and outlives the death of one."""

import json
import socket
import time

from client import Client
from stack.polling import eventually
from stack.rig import Rig

LEASE = 2.0


def begin_upload(port: int) -> socket.socket:
    """A request that is under way until the connection ends."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=15)
    connection.sendall(b"POST /open/page HTTP/1.1\r\nHost: plant\r\nContent-Length: 5\r\n\r\nab")
    return connection


def test_the_places_of_a_killed_gateway_are_free_again_once_its_lease_is_over(rig: Rig) -> None:
    redis, upstream = rig.redis(), rig.recorder()
    limits = [{"name": "slots", "key": ["ip"], "in-flight": 1}]
    routes = [{"path": "/open/**", "upstream": "recorder", "require": "anonymous", "limits": ["slots"]}]
    first, second = (
        rig.gateway(
            redis,
            {"recorder": upstream.address},
            routes,
            name,
            limits=limits,
            admission={"lease": f"{LEASE:.0f}s"},
        ).start()
        for name in ("first", "second")
    )
    there = Client(second.url)

    def is_refused() -> bool:
        return there.get("/open/page").status_code == 429

    def places() -> list[int]:
        listed = second.command("limits", "show", "127.0.0.1", "--json")
        return [row["remaining"] for row in json.loads(listed.stdout) if row["policy"] == "slots"]

    with begin_upload(first.port):
        # To ask for the place would be to take it, should the upload not have it yet.
        eventually("the place is taken", lambda: places() == [0])
        assert is_refused()
        # The lease is renewed as long as the request goes on.
        until = time.monotonic() + 1.5 * LEASE
        while time.monotonic() < until:
            assert is_refused()
            time.sleep(0.05)
        first.kill()
        killed = time.monotonic()
        assert is_refused(), "the place is not free at once"
        eventually("the place is free", lambda: there.get("/open/page").status_code == 200, within=4 * LEASE)
        assert time.monotonic() - killed <= 2 * LEASE
