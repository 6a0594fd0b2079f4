"""A gateway process and the admin commands that go with its configuration."""

import http.client
import json
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .binaries import binary
from .configuration import configuration, write
from .program import Program, free_port


class Gateway:
    """`fillgate serve` on free ports."""

    def __init__(
        self,
        folder: Path,
        redis_url: str,
        upstreams: dict[str, str | dict[str, Any]],
        routes: list[dict[str, Any]],
        name: str = "gateway",
        **others: Any,
    ) -> None:
        self._folder = folder
        self.name = name
        self.port = free_port()
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
        self.program: Program | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key_set_url(self) -> str:
        return f"{self.url}/.well-known/fillgate-jwks.json"

    def start(self, ready: bool = True, wrapper: Sequence[str | Path] = (), **environment: str) -> "Gateway":
        """Returns once it is ready, or merely up where `ready` is false; `wrapper` precedes its command."""
        command: list[str | Path] = [*wrapper, binary("fillgate"), "serve", "--config", self.config]
        self.program = Program(self.name, command, self._folder, environment)
        path = "/ready" if ready else "/health"
        self.program.until(f"{path} says yes", lambda: self.status(path) == 200)
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
        assert self.program is not None
        lines = []
        for line in self.program.log.read_text(errors="replace").splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
        return [line for line in lines if isinstance(line, dict)]

    def kill(self) -> None:
        if self.program:
            self.program.kill()

    def stop(self) -> int:
        return self.program.stop() if self.program else 0

    def begin_draining(self) -> None:
        assert self.program is not None
        self.program.send(signal.SIGTERM)
