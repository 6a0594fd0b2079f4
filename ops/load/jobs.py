"""What the scheduler bears: many submissions while it plans, many stored schedules, and `kill -9` in between."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from goals import Goal, at_most, table
from stack.assertion import Signer
from stack.planners import Caller, Planners, check_promises
from stack.polling import eventually
from stack.scheduler import Scheduler

RATE, SECONDS = 200, 60.0
STORED = 20_000
KILLS = 50
# So that no limit is what is measured.
ROOM = ["--max-pending", "100000", "--max-pending-per-user", "100000", "--log-level", "warning"]


def say(text: str) -> None:
    print(f"load: {text}", file=sys.stderr, flush=True)


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


@dataclass
class Scene:
    scheduler: Scheduler
    signer: Signer
    options: argparse.Namespace


@contextmanager
def scene(options: argparse.Namespace, more: list[str]) -> Iterator[Scene]:
    """A scheduler and a database of its own for each goal."""
    folder = Path(tempfile.mkdtemp(prefix="fillgate-jobs-"))
    signer = Signer()
    keys = folder / "keys.json"
    keys.write_text(signer.key_set())
    scheduler = Scheduler(folder, str(keys), options=[*ROOM, *more])
    try:
        scheduler.start()
        yield Scene(scheduler, signer, options)
    finally:
        scheduler.kill()
        shutil.rmtree(folder, ignore_errors=True)


def submissions(options: argparse.Namespace) -> list[Goal]:
    """200 a second for a minute, with two workers that plan them meanwhile."""
    with scene(options, ["--workers", "2"]) as found:
        with Planners(found.scheduler, found.signer, RATE, threads=48) as planners:
            time.sleep(options.seconds)
        promises = planners.promises
        say(f"{len(promises.kept):,} accepted, {dict(promises.refused)} refused")
        endings = check_promises(found.scheduler, found.signer, promises, within=600)
    latencies = [latency * 1000 for latency in promises.latencies]
    p50, p95, p99 = (percentile(latencies, part) for part in (0.5, 0.95, 0.99))
    rate = len(latencies) / options.seconds
    remark = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms; {rate:.0f}/s over {options.seconds:.0f} s"
    kept = f"{endings['completed']:,} completed of {len(promises.kept):,}, {promises.refused.total()} refused"
    return [
        at_most(f"p95 of submissions, {RATE}/s", p95, 100, "{:.1f} ms", remark),
        Goal(
            "submissions that were accepted and completed",
            "all",
            kept,
            endings["completed"] == len(promises.kept) and not promises.refused,
        ),
    ]


def listing(options: argparse.Namespace) -> list[Goal]:
    """Pages of lists, one after the other, with 20,000 schedules stored and nothing else to do."""
    with scene(options, ["--workers", "2"]) as found:
        with Planners(found.scheduler, found.signer, rate=2_000, threads=8, owners=2) as planners:
            eventually(
                "all are stored", lambda: planners.accepted >= options.stored, within=900, every=0.05
            )
        say(f"{planners.accepted:,} stored")
        check_promises(found.scheduler, found.signer, planners.promises, within=900)
        latencies: list[float] = []
        slowest: dict[str, float] = {}
        for user, roles in (("user-0", ("user",)), ("root", ("admin",))):
            caller = Caller(found.scheduler, found.signer, user, roles)
            last = min(1_000, options.stored // (2 if user == "user-0" else 1) // 50)
            for query in (
                "page_size=50",
                f"page={last}&page_size=50",
                "status=completed",
                "strategy=lpt-pack&status=completed&page_size=50",
                "strategy=smart-pack",
                "search=schedule&status=completed&strategy=lpt-pack&page_size=50",
            ):
                times = []
                for _ in range(100):
                    begin = time.monotonic()
                    status, answer = caller.call("GET", f"/api/v1/schedules?{query}")
                    times.append((time.monotonic() - begin) * 1000)
                    assert status == 200, answer
                latencies += times
                slowest[f"{user} {query}"] = percentile(times, 0.95)
            caller.close()
    worst = max(slowest, key=lambda query: slowest[query])
    p50 = percentile(latencies, 0.5)
    remark = f"p50 {p50:.1f} ms; the slowest list, {worst}: {slowest[worst]:.1f} ms"
    what = f"p95 of lists, {options.stored:,} schedules stored"
    return [at_most(what, percentile(latencies, 0.95), 20, "{:.1f} ms", remark)]


def kills(options: argparse.Namespace) -> list[Goal]:
    """`kill -9` at random moments while schedules are submitted and planned."""
    with scene(options, ["--workers", "2", "--lease", "1"]) as found:
        with Planners(found.scheduler, found.signer, rate=100, threads=16) as planners:
            for number in range(options.kills):
                before = planners.accepted
                eventually("more is accepted", lambda least=before: planners.accepted > least, within=60)
                time.sleep(random.uniform(0, 1))
                found.scheduler.kill()
                found.scheduler.start()
                if number % 10 == 9:
                    say(f"killed {number + 1} times, {planners.accepted:,} accepted")
        promises = planners.promises
        endings = check_promises(found.scheduler, found.signer, promises, within=600)
    said = ", ".join(f"{count:,} {ending}" for ending, count in sorted(endings.items()))
    return [
        Goal(
            f"promises broken by {options.kills} × kill -9",
            "0; each kept once",
            f"0 of {len(promises.kept):,}: {said}",
            sum(endings.values()) == len(promises.kept),
        )
    ]


PARTS = {"submissions": submissions, "listing": listing, "kills": kills}


def main() -> None:
    parser = argparse.ArgumentParser(prog="ops/load/jobs", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of submissions")
    parser.add_argument("--stored", type=int, default=STORED, help="schedules that are listed")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--only", action="append", choices=list(PARTS), help="one part, or several")
    chosen = parser.parse_args()
    if min(chosen.seconds, chosen.stored, chosen.kills) < 1:
        parser.error("--seconds, --stored and --kills are at least 1")
    # Told to stop, it takes down what it has started, as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    goals: list[Goal] = []
    try:
        for name in chosen.only or PARTS:
            say(f"part {name} ...")
            goals += PARTS[name](chosen)
    except (RuntimeError, AssertionError) as fault:
        sys.exit(f"ops/load/jobs: {fault}")
    print(table(goals))
    sys.exit(0 if all(goal.met for goal in goals) else 1)


if __name__ == "__main__":
    main()
