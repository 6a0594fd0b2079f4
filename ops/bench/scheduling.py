"""Measures the makespans, bounds and times of every strategy, and how many instances the solver proves."""

import argparse
import json
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import packing
import plans
import processors
import report
from stack.binaries import ROOT

PARTS = ["plans", "solver"]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ops/bench/scheduler", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="that an instance, or milp-opt, is given")
    parser.add_argument("--sample", type=int, default=packing.ALL, help="instances, of the family's 240")
    parser.add_argument("--seed", type=int, default=1, help="of the random lots and instances")
    parser.add_argument("--lots", type=int, action="append", help="sets of so many random lots instead")
    parser.add_argument("--only", choices=PARTS, help="one part; nothing is written then")
    parser.add_argument(
        "--keep",
        type=Path,
        help="a file for what was measured; a run that was cut off goes on from there",
    )
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks.md")
    found = parser.parse_args()
    if not 0 < found.seconds <= 3600 or not 1 <= found.sample <= packing.ALL:
        parser.error(f"--seconds is more than 0 and at most 3600, --sample from 1 to {packing.ALL}")
    return found


class Kept:
    """What was measured so far, by what it was; in a file if there is to be one."""

    def __init__(self, path: Path | None):
        self.path = path
        self.found = json.loads(path.read_text()) if path and path.exists() else {}

    def get(self, key: str, measure):
        if key not in self.found:
            self.found[key] = measure()
            if self.path:
                self.path.write_text(json.dumps(self.found, indent=1))
        return self.found[key]


def section(chosen: argparse.Namespace, parts: list[str]) -> str:
    text = "\n\n".join(parts)
    return f"""Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {processors.description()}, by
`ops/bench/scheduler --seconds {chosen.seconds:g} --sample {chosen.sample} --seed {chosen.seed}`.

{text}
"""


def main() -> None:
    chosen = options()
    kept = Kept(chosen.keep)
    folder = Path(tempfile.mkdtemp(prefix="fillgate-bench-"))
    try:
        parts = []
        if chosen.only != "solver":
            sizes = chosen.lots or plans.SIZES
            parts.append(plans.measured(folder, kept, sizes, chosen.seconds, chosen.seed))
        if chosen.only != "plans":
            parts.append(packing.measured(folder, kept, chosen.sample, chosen.seconds, chosen.seed))
        text = section(chosen, parts)
        print(text)
        if not chosen.only:
            report.write(chosen.output, text, by="ops/bench/scheduler")
    except RuntimeError as fault:
        sys.exit(f"ops/bench/scheduler: {fault}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
