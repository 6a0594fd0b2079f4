"""An upstream in a process of its own, which can be killed, stopped, and told to misbehave."""

import http.client
import signal
import sys
from pathlib import Path

from .program import Program, accepts, free_port


class Unruly:
    """Answers 200 with the path until it is told otherwise. The port stays the same over restarts."""

    def __init__(self, folder: Path, name: str = "unruly") -> None:
        self._folder = folder
        self._name = name
        self._port = free_port()
        self.program: Program | None = None

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

    def pause(self) -> None:
        """Hangs: the kernel goes on accepting connections, but nobody reads from them."""
        assert self.program is not None
        self.program.send(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.program is not None
        self.program.send(signal.SIGCONT)

    def kill(self) -> None:
        if self.program:
            self.program.kill()
