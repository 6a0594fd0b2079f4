"""The solver on random instances of bin packing with setups, in the manner of Baldacci et al. (arXiv
2509.10075): every combination of the figures below, one instance each."""

import itertools
import json
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from stack.binaries import binary

ITEMS = [25, 50, 100, 150, 200]
CLASSES = [5, 10]
CAPACITIES = [100, 1_000, 10_000]
# Parts of the capacity.
WEIGHTS = [(0.05, 0.35), (0.15, 0.5)]
SETUPS = [(0.01, 0.05), (0.05, 0.2)]
# Parts of the bin cost, which is 1,000; 0 for both is an instance without setup costs.
COSTS = [(0.0, 0.0), (0.02, 0.3)]
BIN_COST = 1_000
ALL = len(ITEMS) * len(CLASSES) * len(CAPACITIES) * len(WEIGHTS) * len(SETUPS) * len(COSTS)
HEADINGS = ["items", "instances", "proven", "median s", "mean gap of the rest", "largest gap"]


@dataclass(frozen=True)
class Kind:
    """The parameters of an instance."""

    items: int
    classes: int
    capacity: int
    weights: tuple[float, float]
    setups: tuple[float, float]
    costs: tuple[float, float]

    @property
    def name(self) -> str:
        low, small = WEIGHTS.index(self.weights), SETUPS.index(self.setups)
        return f"{self.items}-{self.classes}-{self.capacity}-{low}-{small}-{COSTS.index(self.costs)}"

    def text(self, seed: int) -> str:
        """An instance in the format that `fillscheduler solve` reads."""
        dice = random.Random(f"{self.name} {seed}")
        classes = [[] for _ in range(self.classes)]
        setups = [max(1, round(self.capacity * dice.uniform(*self.setups))) for _ in classes]
        costs = [round(BIN_COST * dice.uniform(*self.costs)) for _ in classes]
        # Each class has an item at least.
        chosen = list(range(self.classes)) + [
            dice.randrange(self.classes) for _ in range(self.items - self.classes)
        ]
        for index in chosen:
            weight = max(1, round(self.capacity * dice.uniform(*self.weights)))
            classes[index].append(min(weight, self.capacity - setups[index]))
        lines = [f"{self.items}\t{self.classes}\t{self.capacity}\t{BIN_COST}"]
        for cost, setup, each in zip(costs, setups, classes, strict=True):
            lines.append(f"{cost}\t{setup}\t{len(each)}")
        lines += [str(weight) for each in classes for weight in each]
        return "\n".join(lines) + "\n"


def sample(size: int, seed: int) -> list[Kind]:
    """As many of each number of items as can be, and of each of these any combinations of the rest."""
    strata = []
    for items in ITEMS:
        rest = itertools.product(CLASSES, CAPACITIES, WEIGHTS, SETUPS, COSTS)
        stratum = [Kind(items, *each) for each in rest]
        random.Random(f"sample {items} {seed}").shuffle(stratum)
        strata.append(stratum)
    return list(itertools.chain.from_iterable(zip(*strata, strict=True)))[:size]


def solved(path: Path, seconds: float) -> dict:
    command = [binary("fillscheduler"), "solve", path, "--time-limit", f"{seconds:g}"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(f"solve {path.name}: {run.stderr.strip()}")
    return json.loads(run.stdout)


def row(name: str, found: list[dict]) -> str:
    gaps = [run["gap"] for run in found if not run["proven"]]
    cells = [
        name,
        f"{len(found)}",
        f"{len(found) - len(gaps)} ({(len(found) - len(gaps)) / len(found):.0%})",
        f"{median(run['seconds'] for run in found):.1f}",
        f"{sum(gaps) / len(gaps):.3%}" if gaps else "",
        f"{max(gaps):.3%}" if gaps else "",
    ]
    return "| " + " | ".join(cells) + " |"


def measured(folder: Path, kept, size: int, seconds: float, seed: int) -> str:
    found: dict[int, list[dict]] = {}
    for kind in sample(size, seed):
        path = folder / f"{kind.name}.txt"
        path.write_text(kind.text(seed))
        run = kept.get(f"{kind.name} {seconds:g} {seed}", lambda: solved(path, seconds))
        found.setdefault(kind.items, []).append(run)
    lines = ["| " + " | ".join(HEADINGS) + " |", "|---" + "|---:" * (len(HEADINGS) - 1) + "|"]
    lines += [row(f"{items}", runs) for items, runs in sorted(found.items())]
    lines.append(row("all", [run for runs in found.values() for run in runs]))
    which = f"all {ALL} of the family"
    if size < ALL:
        which = f"{size} of the family's {ALL}, as many of each number of items"
    rows = "\n".join(lines)
    return f"""### Solver

`fillscheduler solve --time-limit {seconds:g}` on {which}.
The family, in the manner of Baldacci et al. (arXiv 2509.10075), has an instance for each combination of 25,
50, 100, 150 and 200 items; 5 and 10 classes; capacities of 100, 1,000 and 10,000; weights of 5 to 35 % and
15 to 50 % of the capacity; setups of 1 to 5 % and 5 to 20 % of it; and setup costs of nothing and of 2 to
30 % of a bin's. All are drawn evenly; each class has an item at least.

{rows}"""
