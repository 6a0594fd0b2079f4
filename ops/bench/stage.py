"""What all parts of the benchmark share: the peers, sessions, and gateways of any configuration."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fillgate import MeasuredGateway, configure
from measure import Target
from peers import Peers
from processors import MEASURED
from stack.program import Program

BARE, FULL, SIGNED = "Fillgate, bare", "Fillgate, full", "Fillgate, full and signed"
PATHS = {BARE: "/bare/items", FULL: "/unsigned/items", SIGNED: "/signed/items"}


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


@dataclass
class Stage:
    folder: Path
    peers: Peers
    tokens: Path
    rounds: int
    seconds: float
    minute: float

    @property
    def redis(self) -> Program:
        return self.peers.programs["redis"]

    @contextmanager
    def gateway(
        self,
        name: str,
        processors: str = MEASURED,
        environment: dict[str, str] | None = None,
        wrapper: Sequence[str | Path] = (),
        **others: Any,
    ) -> Iterator[MeasuredGateway]:
        """One that runs while the context lasts; `others` are top-level keys of its configuration."""
        gateway = configure(
            MeasuredGateway, self.folder, name, self.peers.redis, self.peers.backend, **others
        )
        gateway.processors = processors
        try:
            yield gateway.start(wrapper=wrapper, **(environment or {}))
        finally:
            gateway.kill()

    def peer(self, name: str) -> Target:
        return Target(
            name, self.peers.programs[name], self.peers.ports[name], "/items", self.peers.credentials()
        )

    def target(self, name: str, gateway: MeasuredGateway) -> Target:
        """One of the routes of a gateway."""
        assert gateway.program is not None
        return Target(name, gateway.program, gateway.port, PATHS[name], self.tokens)

    def header(self) -> str:
        """The header line of one session."""
        return self.tokens.read_text().partition("\n")[0]
