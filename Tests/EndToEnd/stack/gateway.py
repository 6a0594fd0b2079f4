"""A gateway process and the admin commands that go with its configuration."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .binaries import binary
from .configuration import configuration, write
from .program import Program, free_port
from .server import Server

# What systemd does between fork and exec: descriptors from 3 on, and whose they are.
PASS_ON = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="public")
os.execv(sys.argv[2], sys.argv[2:])
"""


class Gateway(Server):
    """`fillgate serve` on free ports."""

    def __init__(
        self,
        folder: Path,
        redis_url: str,
        upstreams: dict[str, str | dict[str, Any]],
        routes: list[dict[str, Any]],
        name: str = "gateway",
        port: int | None = None,
        **others: Any,
    ) -> None:
        self._folder = folder
        self.name = name
        self.port = port or free_port()
        self.operations_port = free_port()
        self.config = folder / f"{name}.yaml"
        data = folder / f"{name}-data"
        data.mkdir(exist_ok=True)
        write(
            self.config,
            configuration(
                listen=self.port,
                operations=self.operations_port,
                redis_url=redis_url,
                data=data,
                upstreams=upstreams,
                routes=routes,
                **others,
            ),
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key_set_url(self) -> str:
        return f"{self.url}/.well-known/fillgate-jwks.json"

    def start(
        self,
        ready: bool = True,
        wrapper: Sequence[str | Path] = (),
        options: Sequence[str] = (),
        passing: socket.socket | None = None,
        **environment: str,
    ) -> "Gateway":
        """Returns once it is ready, or merely up where `ready` is false.

        `wrapper` precedes its command and `options` follow it; `passing` is a listening socket that it is
        given as systemd would.
        """
        if passing is not None:
            wrapper = [*wrapper, sys.executable, "-c", PASS_ON, str(passing.fileno())]
        command: list[str | Path] = [*wrapper, binary("fillgate"), "serve", "--config", self.config, *options]
        descriptors = [] if passing is None else [passing.fileno()]
        self.program = Program(self.name, command, self._folder, environment, descriptors)
        path = "/ready" if ready else "/health"
        # The public port may be another worker's too; this one is its own.
        self.program.until(f"{path} says yes", lambda: self.status(path, self.operations_port) == 200)
        return self

    def status(self, path: str, port: int | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs an admin command against this gateway's configuration."""
        return subprocess.run(
            [str(binary("fillgate")), *words, "--config", str(self.config)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def add_user(self, email: str, password: str, admin: bool = False) -> None:
        role = ["--admin"] if admin else []
        done = self.command("user", "add", email, *role, "--password-stdin", stdin=password)
        if done.returncode != 0:
            raise RuntimeError(f"user add exits {done.returncode}: {done.stderr}{done.stdout}")

    def log_lines(self) -> list[dict[str, Any]]:
        """Every line of its log that is JSON."""
        lines = []
        for line in self.running.log.read_text(errors="replace").splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
        return [line for line in lines if isinstance(line, dict)]

    def configure(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Rewrites its configuration; nothing else happens."""
        content = json.loads(self.config.read_text())
        change(content)
        write(self.config, content)

    def reload(self) -> dict[str, Any]:
        """SIGHUP; answers the record that says how it went."""
        outcomes = {"reloaded", "not reloaded: the old configuration stays"}

        def results() -> list[dict[str, Any]]:
            return [line for line in self.log_lines() if line.get("message") in outcomes]

        before = len(results())
        self.running.send(signal.SIGHUP)
        self.running.until("a reload's result", lambda: len(results()) > before)
        return results()[-1]

    def begin_draining(self) -> None:
        self.running.send(signal.SIGTERM)
