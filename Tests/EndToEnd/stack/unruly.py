"""An upstream in a process of its own, which can be killed, stopped, and told to misbehave."""

import http.client
import sys
from pathlib import Path

from .program import Program, accepts, free_port
from .server import Server


class Unruly(Server):
    """Answers 200 with the path until it is told otherwise. The port stays the same over restarts."""

    def __init__(self, folder: Path, name: str = "unruly") -> None:
        self._folder = folder
        self._name = name
        self._port = free_port()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def start(self) -> "Unruly":
        """Starts it and returns once it accepts connections."""
        server = Path(__file__).with_name("unruly_server.py")
        self.program = Program(self._name, [sys.executable, server, str(self._port)], self._folder)
        self.program.until("accepts connections", lambda: accepts(self._port))
        return self

    def behave(self, manner: str) -> None:
        """From now on, in one of the manners of `unruly_server.py`."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("GET", f"/manner/{manner}")
            if connection.getresponse().status != 200:
                raise RuntimeError(f"{self._name} does not know the manner {manner}")
        finally:
            connection.close()
