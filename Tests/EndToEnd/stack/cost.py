"""What a program spends: calls of the allocator, and calls of the kernel."""

import re
import signal
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

from .gateway import Gateway
from .polling import eventually
from .program import Program

COUNTER_SOURCE = Path(__file__).with_name("allocations.c")


class Allocations:
    """Counts a program's allocations; start the program with `environment`."""

    def __init__(self, folder: Path) -> None:
        library = folder / "allocations.so"
        if not library.exists():
            compiler = ["gcc", "-O2", "-shared", "-fPIC", "-o", str(library), str(COUNTER_SOURCE)]
            subprocess.run(compiler, check=True, timeout=60)
        self._file = folder / "allocations"
        self._file.write_bytes(bytes(8))
        self.environment = {"LD_PRELOAD": str(library), "ALLOCATION_COUNT_FILE": str(self._file)}

    def so_far(self) -> int:
        return struct.unpack("=Q", self._file.read_bytes())[0]


def is_debug(gateway: Gateway) -> bool:
    """Whether the gateway runs a debug build, which links the Swift runtime dynamically."""
    assert gateway.program is not None
    return "libswiftCore.so" in Path(f"/proc/{gateway.program.pid}/maps").read_text()


def system_calls(program: Program, folder: Path, times: int, work: Callable[[int], None]) -> dict[str, int]:
    """How often the program made each system call while `work` was done so many times."""
    summary = folder / "system-calls"
    tracer = subprocess.Popen(
        ["strace", "-f", "-c", "-U", "name,calls", "-o", str(summary), "-p", str(program.pid)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        eventually("strace is attached", lambda: are_traced(program.pid, tracer))
        work(times)
    finally:
        tracer.send_signal(signal.SIGTERM)
        tracer.wait(30)
        assert tracer.stderr is not None
        tracer.stderr.close()
    rows = (re.fullmatch(r"(\w+) +(\d+)", line.strip()) for line in summary.read_text().splitlines())
    return {row[1]: int(row[2]) for row in rows if row and row[1] != "total"}


def are_traced(pid: int, tracer: subprocess.Popen[bytes]) -> bool:
    """Whether every thread of the process is traced."""
    if tracer.poll() is not None:
        assert tracer.stderr is not None
        raise RuntimeError(f"strace ended: {tracer.stderr.read().decode()}")
    threads = Path(f"/proc/{pid}/task").glob("*/status")
    tracers = [line for thread in threads for line in thread.read_text().splitlines() if "TracerPid" in line]
    return all(line.split()[1] != "0" for line in tracers)
