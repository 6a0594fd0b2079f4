"""Processor time and its division: what is measured has processor 0 to itself; all else shares the others."""

import os
from pathlib import Path

COUNT = os.cpu_count() or 1
# Two loops have a processor each to themselves where there are four or more.
HAS_TWO_TO_SPARE = COUNT >= 4
MEASURED, BOTH = "0", "0,1"
OTHERS = f"2-{COUNT - 1}" if HAS_TWO_TO_SPARE else "1"
_TICKS = os.sysconf("SC_CLK_TCK")


def pinned(processor: str, command: list[str | Path]) -> list[str | Path]:
    return ["taskset", "--cpu-list", processor, *command]


def family(pid: int) -> list[int]:
    """A process and its children, which is where nginx does its work."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = _fields(stat)
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    return [pid, *parents.get(pid, [])]


def seconds(pid: int) -> float:
    """User and system time that a process and its children have used so far."""
    total = 0
    for member in family(pid):
        fields = _fields(Path(f"/proc/{member}/stat"))
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def _fields(stat: Path) -> list[str]:
    """The fields of /proc/PID/stat from the state on; the name before it may hold blanks and brackets."""
    return stat.read_text().rpartition(")")[2].split()


def description() -> str:
    """The machine in a line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    kernel = os.uname()
    return f"{len(models) or COUNT} × {models[0] if models else kernel.machine}, Linux {kernel.release}"
