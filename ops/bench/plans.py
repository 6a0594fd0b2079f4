"""Every strategy on the real lots and on random ones."""

import json
import random
import subprocess
from pathlib import Path

from stack.binaries import ROOT, binary

SIZES = [1_000, 5_000, 50_000]
FILES = ["lots.csv", "lots_large.csv"]
HEADINGS = ["strategy", "makespan h", "over the bound", "bound h", "gap", "blocks", "seconds"]


def write_lots(path: Path, count: int, seed: int) -> None:
    """Lots of 0.5 to 60 h of filling of ten types, some of them much more often than others."""
    dice = random.Random(f"lots {count} {seed}")
    types = [f"Type{number}" for number in range(10)]
    weights = [1 / (number + 1) for number in range(10)]
    lines = ["Lot ID,Type,Vials"]
    for number in range(count):
        kind = dice.choices(types, weights)[0]
        lines.append(f"L{number:05},{kind},{dice.randint(10_000, 1_200_000)}")
    path.write_text("\n".join(lines) + "\n")


def compared(path: Path, seconds: float) -> list[dict]:
    command = [binary("fillscheduler"), "compare", path, "--format", "json", "--time-limit", f"{seconds:g}"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(f"compare {path.name}: {run.stderr.strip()}")
    return json.loads(run.stdout)["results"]


def table(found: list[dict]) -> str:
    bound = max((run["bound"] for run in found if run["bound"]), default=None)
    lines = ["| " + " | ".join(HEADINGS) + " |", "|---" + "|---:" * (len(HEADINGS) - 1) + "|"]
    for run in found:
        proven = "0, proven" if run["proven"] else f"{run['gap']:.3%}" if run["bound"] else ""
        cells = [
            run["strategy"],
            f"{run['makespan']:,.2f}",
            f"{run['makespan'] / bound - 1:.3%}" if bound else "",
            f"{run['bound']:,.2f}" if run["bound"] else "",
            proven,
            f"{run['blocks']:,}",
            f"{run['seconds']:.3f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def measured(folder: Path, kept, sizes: list[int], seconds: float, seed: int) -> str:
    parts = [
        f"""### Strategies

`fillscheduler compare`, one processor busy; `milp-opt` is given {seconds:g} s. Random lots fill 0.5 to
60 h each and are of ten types, the second half as frequent as the first, the third a third. "Over the
bound" is by the bound of `milp-opt`."""
    ]
    for name in FILES:
        found = kept.get(f"{name} {seconds:g}", lambda: compared(ROOT / "Tests/Fixtures" / name, seconds))
        parts.append(f"`{name}`:\n\n{table(found)}")
    for count in sizes:
        path = folder / f"{count}.csv"
        write_lots(path, count, seed)
        found = kept.get(f"{count} lots {seconds:g} {seed}", lambda: compared(path, seconds))
        parts.append(f"{count:,} random lots:\n\n{table(found)}")
    return "\n\n".join(parts)
