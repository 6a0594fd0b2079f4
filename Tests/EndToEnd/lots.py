"""The lots of the fixtures and what is known of their schedules."""

import csv
from typing import Any

from client import FIXTURES

STRATEGIES = ["smart-pack", "spt-pack", "lpt-pack", "cfs-pack", "hybrid-pack"]

# Hours, computed by hand from the strategies' definitions; two decimals.
DEFINED = {
    "lots.csv": {"spt-pack": 501.16, "lpt-pack": 497.16, "cfs-pack": 497.16},
    "lots_large.csv": {"spt-pack": 37589.43, "lpt-pack": 36429.43, "cfs-pack": 36433.43},
}
# No schedule of the file can be shorter.
LOWER_BOUND = {"lots.csv": 497.16, "lots_large.csv": 36357.43}


def check_makespan(file: str, strategy: str, makespan: float) -> None:
    """Exactly what the definition says; for the others, between the bound and the best of the defined."""
    hours = round(makespan, 2)
    if strategy in DEFINED[file]:
        assert hours == DEFINED[file][strategy]
    else:
        assert LOWER_BOUND[file] <= hours <= min(DEFINED[file].values())


def lots_of(file: str) -> list[dict[str, Any]]:
    """A fixture as the JSON form of a submission has it."""
    with (FIXTURES / file).open(newline="") as source:
        return [
            {"lot_id": row["Lot ID"], "lot_type": row["Type"], "vials": int(row["Vials"])}
            for row in csv.DictReader(source)
        ]
