"""Two workers on one port, replaced one after the other under load."""

import json
import socket
import sys
from dataclasses import asdict, dataclass

from .gateway import Gateway
from .load import Load
from .polling import eventually
from .program import free_port
from .rig import Rig

ROUTES = [{"path": "/open/**", "upstream": "recorder", "require": "anonymous", "limits": []}]


@dataclass
class Outcome:
    """How a rolling restart went for the clients."""

    answered: int
    recorded: int
    closed: int
    lost: dict[str, int]
    exits: list[int]

    def lost_on(self, kind: str) -> int:
        return sum(count for reason, count in self.lost.items() if reason.startswith(kind))


def roll(rig: Rig, *, shared: bool, clients: int, requests: int | None, rounds: int = 2) -> Outcome:
    """Restarts both workers `rounds` times. They are passed one socket where `shared`, and otherwise open one
    each with `--reuse-port`."""
    upstream = rig.recorder()
    redis = rig.redis()
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096) if shared else None
    port = listener.getsockname()[1] if listener else free_port()
    limits = {"per-address": 10_000}

    def worker(name: str) -> Gateway:
        return rig.gateway(
            redis, {"recorder": upstream.address}, ROUTES, name=name, port=port, connections=limits
        )

    def start(gateway: Gateway) -> None:
        gateway.start(passing=listener, options=[] if shared else ["--reuse-port"])

    workers = [worker("one"), worker("two")]
    start(workers[0])
    exits: list[int] = []
    with Load(port, clients, requests) as load:
        eventually("every client has begun", lambda: load.answered > clients, within=60)
        start(workers[1])
        for _ in range(rounds):
            for gateway in workers:
                load.until_more("requests are answered")
                gateway.begin_draining()
                exits.append(gateway.running.wait())
                start(gateway)
        load.until_more("requests are answered at the end")
    if listener:
        listener.close()
    account = load.account
    recorded = len(upstream.under("/open/"))
    return Outcome(account.answered, recorded, account.closed, dict(account.lost), exits)


def main() -> None:
    """For a network namespace of its own, where the kernel's settings can be tried."""
    with Rig() as rig:
        outcome = roll(rig, shared=False, clients=16, requests=5)
    print(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    sys.exit(main())
