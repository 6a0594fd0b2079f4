"""Thousands of slow, idle and deaf clients at once: what they cost, and what others notice of them."""

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from fillgate import MeasuredGateway
from footprint import MEGABYTE, Peak
from goals import Goal, at_most, not_measured, table
from measure import Target, at_constant_rate
from peers import Peers
from processors import OTHERS, pinned
from stack.configuration import upstream as described
from stack.rig import Rig
from stack.slow_clients import Outcome, SlowClients

MIB = 1 << 20
SLOW_HEADERS, SLOW_BODIES, IDLE, DEAF = 5_000, 2_000, 10_000, 50
# 5 s: well within the 10 s that a header and the grace of a body may take.
INTERVAL = 5.0
# The slow ones come within so many seconds, and back as soon as they are told 408: as many a second all the time.
ARRIVAL = 8.0
ADDRESSES = 64
RATE = 1_000
PATH = "/open/items"
# Where the upstream answers only once it has the whole body.
BODY_PATH = "/open/body"
# By default a slow body occupies an upstream's connection; see docs/operations.md.
BOUNDS = {"per-address": 8_192, "total": 18_000}
PLACES = {"max-connections": 4_096}


def say(text: str) -> None:
    print(f"load: {text}", file=sys.stderr, flush=True)


@dataclass
class Scene:
    rig: Rig
    gateway: MeasuredGateway
    rounds: int
    seconds: float

    @property
    def target(self) -> Target:
        assert self.gateway.program is not None
        nothing = self.rig.folder / "no-credentials"
        nothing.write_text("X-Nobody: 1\n")
        return Target("Fillgate", self.gateway.program, self.gateway.port, PATH, nothing)

    def memory(self) -> int:
        return self.target.program.resident_bytes()

    def p99(self) -> int:
        found = at_constant_rate(self.target, self.rig.folder, RATE, self.seconds)
        return found["p99"]

    def clients(self, number: int, manner: str, path: str = PATH, rate: int = 4_000) -> SlowClients:
        return SlowClients(
            self.rig.folder,
            self.gateway.port,
            number,
            manner,
            path,
            INTERVAL,
            seconds=600,
            addresses=ADDRESSES,
            rate=rate,
            # They are somewhere else in the world: here they get the processor time that nobody wants.
            wrapper=pinned(OTHERS, ["chrt", "--idle", "0"]),
        )


@contextmanager
def scene(folder: Path, backend: int, rounds: int, seconds: float) -> Iterator[Scene]:
    """A gateway of its own for each goal, so that what one leaves in memory does not count for the next."""
    with Rig() as rig:
        large = rig.unruly()
        routes = [
            {"path": "/open/**", "upstream": "backend", "require": "anonymous", "limits": []},
            {"path": "/large/**", "upstream": "large", "require": "anonymous", "limits": []},
        ]
        upstreams = {
            "backend": described(f"127.0.0.1:{backend}", **PLACES),
            "large": described(large.address, **PLACES),
        }
        redis = rig.redis()
        gateway = MeasuredGateway(rig.folder, redis.url, upstreams, routes, connections=BOUNDS)
        try:
            yield Scene(rig, gateway.start(), rounds, seconds)
        finally:
            gateway.kill()


def slow(scene: Scene) -> list[Goal]:
    """5,000 slow headers and 2,000 slow bodies, and everybody else."""
    p99: dict[bool, list[int]] = {False: [], True: []}
    outcomes: list[Outcome] = []
    scene.p99()
    before, peak = scene.memory(), 0
    for number in range(scene.rounds):
        p99[False].append(scene.p99())
        crowds = [
            scene.clients(SLOW_HEADERS, "header", rate=round(SLOW_HEADERS / ARRIVAL)),
            scene.clients(SLOW_BODIES, "body", BODY_PATH, rate=round(SLOW_BODIES / ARRIVAL)),
        ]
        for crowd in crowds:
            crowd.all_there()
        with Peak(scene.target.program) as found:
            p99[True].append(scene.p99())
        peak = max(peak, found.bytes)
        outcomes += [crowd.stop() for crowd in crowds]
        say(f"round {number + 1}: p99 {p99[False][-1]} µs without them, {p99[True][-1]} µs with them")
    told = sum(outcome.answers_408 for outcome in outcomes)
    cut = sum(outcome.cut + outcome.answers_other for outcome in outcomes)
    longest = max(outcome.longest_ms for outcome in outcomes) / 1000
    without, among = median(p99[False]), median(p99[True])
    who = f"{SLOW_HEADERS:,} slow headers and {SLOW_BODIES:,} slow bodies"
    remark = f"{without / 1000:.2f} ms and {among / 1000:.2f} ms at {RATE:,} requests/s"
    memory = f"{before / MEGABYTE:.1f} MB before"
    return [
        at_most(f"p99 of others among {who}", among / without, 1.5, "{:.2f} × without them", remark),
        at_most(
            f"memory of each of {who}",
            (peak - before) / (SLOW_HEADERS + SLOW_BODIES) / 1000,
            16,
            "{:.1f} KB",
            memory,
        ),
        Goal(
            "slow clients who were not told 408",
            "0",
            f"{cut}; {told:,} were, after {longest:.1f} s at most",
            cut == 0 and told > 0,
        ),
    ]


def idle(scene: Scene) -> list[Goal]:
    before = scene.memory()
    crowd = scene.clients(IDLE, "idle").all_there()
    # An idle connection rests a moment after its last answer.
    time.sleep(1)
    memory = scene.memory()
    outcome = crowd.stop()
    if outcome.answers_200 != IDLE or outcome.there != IDLE:
        raise RuntimeError(f"not all of {IDLE} idle clients were served: {outcome}")
    what, remark = f"resident memory, {IDLE:,} idle connections", f"{before / MEGABYTE:.1f} MB before"
    return [at_most(what, memory / MEGABYTE, 100, "{:.1f} MB", remark)]


def deaf(scene: Scene) -> list[Goal]:
    scene.p99()
    before = scene.memory()
    crowd = scene.clients(DEAF, "deaf", f"/large/{256 * MIB}").all_there()
    with Peak(scene.target.program) as peak:
        p99 = scene.p99()
    outcome = crowd.stop()
    if outcome.there != DEAF:
        raise RuntimeError(f"not all of {DEAF} deaf clients stayed: {outcome}")
    each = (peak.bytes - before) / DEAF / MIB
    remark = f"{DEAF} of them; p99 of others {p99 / 1000:.2f} ms"
    return [at_most("memory of a client who never reads a large answer", each, 1, "{:.2f} MiB", remark)]


def witness(scene: Scene) -> list[Goal]:
    """Debian's slowhttptest, which asks by itself whether others are still served."""
    found = []
    for name, mode, number in (("headers", "-H", 4_000), ("bodies", "-B", 2_000), ("readers", "-X", 500)):
        what, goal = f"slowhttptest, {number:,} slow {name}", "service available"
        if not shutil.which("slowhttptest"):
            found.append(not_measured(what, goal, "slowhttptest is not installed"))
            continue
        url = f"{scene.gateway.url}/large/{MIB}" if mode == "-X" else f"{scene.gateway.url}{PATH}"
        command = [
            "slowhttptest",
            mode,
            "-c",
            str(number),
            "-r",
            "1000",
            "-i",
            "4",
            "-l",
            "16",
            "-p",
            "3",
            "-u",
            url,
        ]
        done = subprocess.run(
            list(map(str, pinned(OTHERS, command))), capture_output=True, text=True, timeout=120, check=False
        )
        # Its last word on each is what counts; colours of a terminal surround it.
        text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", done.stdout + done.stderr)
        said = re.findall(r"service available:\s+(\w+)", text)
        if not said:
            raise RuntimeError(f"slowhttptest says nothing of its service: {text[-500:]}")
        measured = f"{said.count('YES')} of {len(said)} times YES"
        found.append(Goal(what, goal, measured, all(word == "YES" for word in said)))
        say(f"{what}: {measured}")
    return found


PARTS = {"slow": slow, "idle": idle, "deaf": deaf, "slowhttptest": witness}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ops/load/run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=12, help="of requests at a constant rate")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="one part, or several")
    found = parser.parse_args()
    if found.rounds < 1 or found.seconds < 1:
        parser.error("--rounds and --seconds are at least 1")
    return found


def main() -> None:
    chosen = options()
    # Told to stop, it takes down what it has started, as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="fillgate-load-"))
    try:
        goals: list[Goal] = []
        with Peers(folder, only_backend=True) as peers:
            for name in chosen.only or PARTS:
                say(f"part {name} ...")
                with scene(folder, peers.backend, chosen.rounds, chosen.seconds) as found:
                    goals += PARTS[name](found)
        print(table(goals))
    except (RuntimeError, AssertionError) as fault:
        sys.exit(f"ops/load/run: {fault}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if all(goal.met is not False for goal in goals) else 1)


if __name__ == "__main__":
    main()
