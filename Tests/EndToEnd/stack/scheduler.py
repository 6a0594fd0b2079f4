"""A scheduler process on a Unix socket or a port."""

import http.client
from collections.abc import Sequence
from pathlib import Path

from .binaries import binary
from .program import Program, free_port
from .server import Server


class Scheduler(Server):
    """`fillscheduler serve`, whose database survives `kill` and `start`."""

    def __init__(
        self, folder: Path, trusted_keys: str, audience: str = "scheduler", options: Sequence[str] = ()
    ) -> None:
        """`options` of `serve` beyond those that it needs."""
        self._folder = folder
        self._trusted_keys = trusted_keys
        self._audience = audience
        self._options = options
        self.port = free_port()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def trust(self, keys: str) -> None:
        """The URL or the file of the public keys, for the next start."""
        self._trusted_keys = keys

    def start(self) -> "Scheduler":
        self.program = Program(
            "scheduler",
            [
                binary("fillscheduler"),
                "serve",
                "--listen",
                self.address,
                "--database",
                self._folder / "schedules.sqlite",
                "--trusted-keys",
                self._trusted_keys,
                "--audience",
                self._audience,
                *self._options,
            ],
            self._folder,
        )
        self.program.until("/health says yes", self._is_up)
        return self

    def _is_up(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (TimeoutError, http.client.HTTPException):
            return False
        finally:
            connection.close()
