"""Part `memory`: resident memory of the gateway, and its sockets to Redis, as clients become many."""

import re
import threading
import time
from pathlib import Path

from goals import Goal, at_most
from measure import load
from processors import OTHERS, pinned
from stack.program import Program
from stack.slow_clients import SlowClients
from stage import FULL, PATHS, Stage, say

MEGABYTE = 1_000_000
IDLE, FEW = 10_000, 10
# So many that each has fewer than the 256 connections that one address may have.
ADDRESSES = 64


def run(stage: Stage) -> list[Goal]:
    found = []
    with stage.gateway("busy", connections={"per-address": 512}) as gateway:
        assert gateway.program is not None
        with Peak(gateway.program) as peak:
            load(stage.target(FULL, gateway), min(stage.seconds, 5), connections=256)
        found.append(at_most("resident memory, 256 busy connections", peak.bytes / MEGABYTE, 35, "{:.1f} MB"))
    with stage.gateway("idle") as gateway:
        assert gateway.program is not None
        sockets = {}
        for clients in (FEW, IDLE):
            idle = SlowClients(
                stage.folder,
                gateway.port,
                clients,
                "idle",
                PATHS[FULL],
                seconds=55,
                addresses=ADDRESSES,
                header=stage.header(),
                wrapper=pinned(OTHERS, []),
            ).all_there()
            sockets[clients] = sockets_to(gateway.program.pid, stage.peers.redis)
            # An idle connection rests a moment after its last answer.
            time.sleep(1)
            memory = gateway.program.resident_bytes()
            outcome = idle.stop()
            if outcome.answers_200 != clients or outcome.there != clients:
                raise RuntimeError(f"not all of {clients} idle clients were served: {outcome}")
            say(f"{clients:,} idle clients: {memory / MEGABYTE:.1f} MB, {sockets[clients]} sockets to Redis")
        found.append(
            at_most(f"resident memory, {IDLE:,} idle connections", memory / MEGABYTE, 100, "{:.1f} MB")
        )
    for clients in (FEW, IDLE):
        found.append(
            at_most(f"sockets to Redis at {clients:,} clients, one loop", sockets[clients], 2, "{:.0f}")
        )
    return found


class Peak:
    """The largest resident size of a program while the context lasts."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.bytes = 0

    def _watch(self) -> None:
        while not self._is_over.wait(0.1):
            self.bytes = max(self.bytes, self._program.resident_bytes())

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.bytes = max(self.bytes, self._program.resident_bytes())
        self._is_over.set()
        self._thread.join()


def sockets_to(pid: int, port: int) -> int:
    """TCP connections of a process to a port of this machine."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    inodes = {fields[9] for fields in map(str.split, lines) if fields[2].endswith(f":{port:04X}")}
    own = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
        except OSError:
            continue
        if found:
            own.add(found[1])
    return len(own & inodes)
