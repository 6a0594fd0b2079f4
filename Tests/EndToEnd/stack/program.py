"""A child process that cannot outlive the test run, with its output in a file."""

import os
import random
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from .polling import eventually


class Program:
    """One run of a server."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        environment: dict[str, str] | None = None,
        descriptors: Sequence[int] = (),
    ) -> None:
        """`descriptors` of this process are open in the child too."""
        self.name = name
        self.log = folder / f"{name}.log"
        # `setpriv` asks the kernel to stop the child should this process die first.
        guarded = ["setpriv", "--pdeathsig", "TERM", *map(str, command)]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                guarded,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=descriptors,
                env={**os.environ, **(environment or {})},
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def assert_running(self) -> None:
        if not self.is_running:
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}:\n{self.tail()}")

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, within: float = 40.0) -> int:
        """The exit status; fails if there is none in time."""
        try:
            return self._process.wait(timeout=within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {within:g} s:\n{self.tail()}") from None

    def kill(self) -> None:
        """`kill -9`, as a crash or an impatient operator would."""
        if self.is_running:
            self._process.kill()
        self._process.wait()

    def kill_with_children(self) -> None:
        """`kill -9` to it and to whatever it has started: the workers of nginx outlive their master."""
        try:
            # A session of its own makes it the leader of a group of its own.
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM and the exit status; kills what does not obey, and says so."""
        if self.is_running:
            self._process.terminate()
        try:
            return self.wait()
        finally:
            self.kill()

    def resident_bytes(self) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise LookupError(f"{self.name} has no resident size")

    def until(self, what: str, probe: Callable[[], object], within: float = 30.0) -> None:
        """Polls `probe`; fails at once, with the log's end, should the program die meanwhile."""

        def alive_and_probe() -> object:
            self.assert_running()
            return probe()

        try:
            eventually(f"{self.name}: {what}", alive_and_probe, within)
        except AssertionError as fault:
            raise AssertionError(f"{fault}\n{self.tail()}") from fault.__cause__


def _share(ports: range) -> range:
    """What is this process's of `ports`, where pytest-xdist runs several side by side."""
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    each = len(ports) // count
    return ports[number * each : (number + 1) * each]


_PORTS = _share(range(20_000, 32_000))
_next_port = random.choice(_PORTS)


def free_port(count: int = 1) -> int:
    """The first of `count` ports in a row that nobody has. They lie below those that the kernel gives to
    connections: one of these could be taken between now and its use. One run is not told the same port again
    before it was told all: what it was told need not be in use yet."""
    global _next_port
    while True:
        first = _next_port
        _next_port = first + count
        if _next_port > _PORTS.stop:
            _next_port = _PORTS.start
        elif all(_is_free(number) for number in range(first, first + count)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def accepts(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
