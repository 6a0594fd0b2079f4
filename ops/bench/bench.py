"""Measures Fillgate against its goals and its peers, and writes the result into docs/benchmarks.md."""

import argparse
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import counts
import footprint
import guessing
import latency
import report
import rounds
import scaling
from fillgate import write_credentials
from goals import Goal, table
from measure import Run
from peers import Peers
from processors import COUNT
from stack.binaries import ROOT
from stage import Stage, say

PARTS: dict[str, Callable[[Stage], list[Goal]]] = {
    "allocations": counts.run,
    "latency": latency.run,
    "memory": footprint.run,
    "guessing": guessing.run,
    "loops": scaling.loops,
    "workers": scaling.workers,
}
ALL = ["requests", *PARTS]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ops/bench/run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of load a target and round")
    parser.add_argument("--minute", type=float, default=60, help="seconds that four workers share one limit")
    parser.add_argument(
        "--only", action="append", choices=ALL, help="one part, or several; nothing is written then"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks.md")
    found = parser.parse_args()
    if found.rounds < 1 or found.seconds < 1 or found.minute < 1:
        parser.error("--rounds, --seconds and --minute are at least 1")
    return found


def measured(stage: Stage, parts: list[str]) -> tuple[list[Goal], dict[str, list[Run]]]:
    goals: list[Goal] = []
    runs: dict[str, list[Run]] = {}
    for name in parts:
        say(f"part {name} ...")
        if name == "requests":
            found, runs = rounds.run(stage)
        else:
            found = PARTS[name](stage)
        goals += found
    return goals, runs


def main() -> None:
    chosen = options()
    if COUNT < 2:
        sys.exit("ops/bench/run: two processors are needed, one for what is measured and one for the rest")
    # Told to stop, it takes down what it has started, as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="fillgate-bench-"))
    try:
        with Peers(folder) as peers:
            for name, why in peers.missing.items():
                say(f"going on without {name}: {why}")
            say("making 1,000 sessions ...")
            tokens = write_credentials(folder, peers.redis, peers.backend)
            stage = Stage(folder, peers, tokens, chosen.rounds, chosen.seconds, chosen.minute)
            goals, runs = measured(stage, chosen.only or ALL)
            if chosen.only:
                print(table(goals) if not runs else report.section(stage, goals, runs))
            else:
                text = report.section(stage, goals, runs)
                print(text)
                report.write(chosen.output, text)
                say(f"written to {chosen.output}")
    except (RuntimeError, AssertionError) as fault:
        sys.exit(f"ops/bench/run: {fault}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
