"""`ops/run` in a pretended checkout: everything of the real one by link, but its own state and port."""

import os
from pathlib import Path

from stack.binaries import ROOT, binary
from stack.program import Program, free_port

SHARED = ["ops", "Tests", "README.md"]


def pretend_checkout(folder: Path) -> Path:
    """A folder that looks like a fresh checkout whose programs have been built."""
    checkout = folder / "checkout"
    (checkout / ".build").mkdir(parents=True)
    for name in SHARED:
        (checkout / name).symlink_to(ROOT / name)
    (checkout / ".build/release").symlink_to(binary("fillgate").parent)
    return checkout


class OpsRun:
    """One run of the script."""

    def __init__(self, checkout: Path, folder: Path, name: str = "run", port: int | None = None) -> None:
        self.checkout = checkout
        self.state = checkout / ".fillgate"
        self.port = port or free_port(count=2)
        self._folder = folder
        self._name = name
        self._seen = 0
        self.program: Program | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """What the run that was started last has printed."""
        assert self.program is not None
        return self.program.log.read_bytes()[self._seen :].decode(errors="replace")

    def start(self, *options: str, build: bool = False, path: str | None = None) -> "OpsRun":
        command: list[str | Path] = [self.checkout / "ops/run", "--port", str(self.port), *options]
        if not build:
            command.append("--no-build")
        environment = {"PATH": path or os.environ["PATH"]}
        environment["BINARIES"] = str(self.checkout / ".build/release")
        if self.program:
            self._seen = self.program.log.stat().st_size
        self.program = Program(self._name, command, self._folder, environment)
        return self

    def until_ready(self) -> "OpsRun":
        assert self.program is not None
        self.program.until("is ready", lambda: "Fillgate is ready" in self.output, 90)
        return self

    def password(self, who: str = "admin") -> str:
        return (self.state / f"{who}-password").read_text()

    def processes(self) -> dict[str, int]:
        """The servers of this run that are alive, by the name of their program."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                name = (entry / "comm").read_text().strip()
                open_files = [os.readlink(link) for link in (entry / "fd").iterdir()]
            except OSError:
                continue
            if str(self.state / "lock") in open_files:
                found[name] = int(entry.name)
        return found
