"""A private Redis on a Unix socket, durable as ops/run's is."""

import socket
from pathlib import Path

from .program import Program
from .server import Server

CONFIGURATION = Path(__file__).resolve().parents[3] / "ops/redis/redis.conf"


class Redis(Server):
    """A Redis whose data survives `kill` and `start`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "redis"
        self._data.mkdir(exist_ok=True)
        self.socket = folder / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Starts it and returns once it answers."""
        command: list[str | Path] = [
            "redis-server",
            CONFIGURATION,
            "--dir",
            self._data,
            "--unixsocket",
            self.socket,
        ]
        self.program = Program("redis", command, self._folder)
        self.program.until("answers PING", lambda: self.command("PING") == b"+PONG")

    def connections(self) -> int:
        """Clients that are connected to it, but for the one who asks."""
        return self._ask("CLIENT", "LIST", bulk=True).count(b"\n") - 1

    def command(self, *words: str) -> bytes:
        """The first line of the answer."""
        return self._ask(*words)

    def _ask(self, *words: str, bulk: bool = False) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(self.socket))
            parts = [word.encode() for word in words]
            request = b"*%d\r\n" % len(parts) + b"".join(
                b"$%d\r\n%s\r\n" % (len(part), part) for part in parts
            )
            connection.sendall(request)
            with connection.makefile("rb") as answer:
                line = answer.readline().rstrip()
                return answer.read(int(line[1:])) if bulk else line
