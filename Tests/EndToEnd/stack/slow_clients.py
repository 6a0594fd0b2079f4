"""Thousands of clients who are in no hurry; a program in C, so that they cost the machine next to nothing."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .polling import eventually
from .program import Program

SOURCE = Path(__file__).with_name("slow_clients.c")


def compiled(source: Path, folder: Path) -> Path:
    """The program of a C source, made once in `folder`."""
    program = folder / source.stem.replace("_", "-")
    if not program.exists():
        command = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source)]
        subprocess.run(command, check=True, timeout=60)
    return program


@dataclass(frozen=True)
class Outcome:
    """What became of them. `cut` are connections that ended without an answer; an answer that was 200 counts
    when it comes, any other when its connection ends."""

    opened: int
    there: int
    cut: int
    answers_200: int
    answers_408: int
    answers_other: int
    longest_ms: int


class SlowClients:
    """So many clients of one manner (see `slow_clients.c`), for at most `seconds`. `header` is a line that
    each request carries; `rate` of them connect in a second; `wrapper` precedes the command."""

    def __init__(
        self,
        folder: Path,
        port: int,
        clients: int,
        manner: str,
        path: str,
        interval: float = 1.0,
        seconds: float = 60,
        addresses: int = 1,
        header: str = "",
        rate: int = 4000,
        wrapper: Sequence[str | Path] = (),
    ) -> None:
        words = [port, clients, manner, round(interval * 1000), seconds, path, addresses, rate]
        command = [*wrapper, compiled(SOURCE, folder), *map(str, words), *([header] if header else [])]
        self._program = Program(f"slow-{manner}-{port}-{clients}", command, folder)
        self._program.log.write_text("")
        self.clients = clients

    def all_there(self, within: float = 60.0) -> "SlowClients":
        """Returns once every one of them is connected, and has been answered if it wants to be."""
        self._program.until("is there", lambda: "OPEN" in self._program.log.read_text(), within)
        return self

    def all_told(self, within: float = 60.0) -> "SlowClients":
        """Returns once 408 has been told as often as there are clients."""
        self._program.until("is told 408", lambda: "TOLD" in self._program.log.read_text(), within)
        return self

    def stop(self) -> Outcome:
        """Sends them away, unless they have gone by themselves."""
        self._program.stop()
        return self.outcome()

    def outcome(self) -> Outcome:
        """What became of them; fails unless they are gone."""
        eventually("the slow clients have ended", lambda: not self._program.is_running)
        last = self._program.log.read_text().strip().splitlines()[-1]
        return Outcome(**json.loads(last))
