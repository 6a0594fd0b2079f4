"""Measures Fillgate against nginx and nginx with Lua, round by round, and writes docs/benchmarks.md."""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from fillgate import MeasuredGateway, configure, write_credentials
from measure import Run, Target, load, measure
from peers import Peers
from report import document, table
from stack.binaries import ROOT

WARM_UP = 2
FLOOR, RIVAL = "nginx", "nginx+Lua"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def targets(peers: Peers, folder: Path, gateway: MeasuredGateway) -> list[Target]:
    assert gateway.program is not None
    cookies = peers.credentials()
    say("bench: making 1,000 sessions ...")
    tokens = write_credentials(folder, peers.redis, peers.backend)
    return [
        Target(FLOOR, peers.programs["nginx"], peers.nginx, "/items", cookies),
        Target(RIVAL, peers.programs["lua"], peers.lua, "/items", cookies),
        Target("Fillgate, bare", gateway.program, gateway.port, "/bare/items", cookies),
        Target("Fillgate, full", gateway.program, gateway.port, "/unsigned/items", tokens),
        Target("Fillgate, full and signed", gateway.program, gateway.port, "/signed/items", tokens),
    ]


def rounds(found: list[Target], peers: Peers, count: int, duration: int) -> dict[str, list[Run]]:
    """Every target once a round, in an order that shifts from round to round."""
    runs: dict[str, list[Run]] = {target.name: [] for target in found}
    for target in found:
        load(target, WARM_UP)
    for number in range(count):
        for place in range(len(found)):
            target = found[(number + place) % len(found)]
            run = measure(target, peers.programs["redis"], duration)
            runs[target.name].append(run)
            say(f"bench: round {number + 1}/{count}  {target.name:26} {run.cpu:.3f} CPU s per 10k requests")
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=6, help="of load a target and round")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks.md")
    options = parser.parse_args()
    # Told to stop, it takes down what it has started, as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="fillgate-bench-"))
    try:
        with Peers(folder) as peers:
            gateway = configure(MeasuredGateway, folder, "measured", peers.redis, peers.backend)
            try:
                gateway.start()
                found = targets(peers, folder, gateway)
                lines = table(rounds(found, peers, options.rounds, options.seconds), FLOOR, RIVAL)
            finally:
                gateway.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(lines)
    options.output.write_text(document(lines, options.rounds, options.seconds))
    say(f"bench: written to {options.output}")


if __name__ == "__main__":
    main()
