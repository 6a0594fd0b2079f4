"""The README's commands do what it says. A block counts if its fence says `sh checked`."""

import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_run import OpsRun, pretend_checkout
from stack.binaries import ROOT
from stack.rig import Rig

BLOCK = re.compile(r"^```sh checked\n(.*?)^```$", re.MULTILINE | re.DOTALL)
README_ADDRESS = "127.0.0.1:8080"


def commands() -> list[str]:
    """Every command of every checked block; a line that ends in a backslash goes on in the next."""
    blocks = BLOCK.findall((ROOT / "README.md").read_text())
    return [command for block in blocks for command in re.split(r"(?<!\\)\n", block) if command.strip()]


@pytest.fixture(scope="module")
def run() -> Iterator[OpsRun]:
    with Rig() as rig:
        run = OpsRun(pretend_checkout(rig.folder), rig.folder).start().until_ready()
        yield run
        assert run.program is not None
        assert run.program.stop() == 0


class Shell:
    """One shell that takes commands one by one, as pasted into a terminal."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # A command that never ends must not keep the suite from ending.
        self._guard = threading.Timer(120, self._process.kill)
        self._guard.start()

    def paste(self, command: str) -> tuple[int, str]:
        """The exit status and what was printed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{command}\nprintf '\\n--end %d\\n' $?\n")
        self._process.stdin.flush()
        printed: list[str] = []
        for line in self._process.stdout:
            if line.startswith("--end "):
                return int(line.split()[1]), "".join(printed)
            printed.append(line)
        raise AssertionError(f"the shell ended at {command!r}:\n{''.join(printed)}")

    def close(self) -> None:
        self._guard.cancel()
        self._process.kill()
        self._process.wait()


def test_the_commands_of_the_readme_do_what_it_says(run: OpsRun) -> None:
    printed: dict[str, str] = {}
    shell = Shell(run.checkout)
    try:
        for command in commands():
            status, output = shell.paste(command.replace(README_ADDRESS, f"127.0.0.1:{run.port}"))
            assert status == 0, f"{command}\n{output}"
            printed[command] = output
    finally:
        shell.close()
    assert "admin@localhost" in next(text for command, text in printed.items() if "auth/me" in command)
    assert "497.16" in next(text for command, text in printed.items() if "makespan" in command)
    assert "planner@plant.example" in printed[".build/release/fillgate user list"]
    assert "C7" in (run.checkout / "schedule.csv").read_text(encoding="utf-8-sig")
