"""What was measured, as a table, and its place in docs/threat-model.md."""

import os
import platform
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from statistics import median, quantiles

from answers import Answer

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/threat-model.md"
BEGIN, END = "<!-- ops/timing/run writes from here -->", "<!-- to here -->"
GOAL = (0.45, 0.55)


def area(some: list[float], others: list[float]) -> float:
    """The area under the ROC curve: how likely one of `some` is larger than one of `others` (Mann and Whitney)."""
    ranked = sorted([(value, True) for value in some] + [(value, False) for value in others])
    rank_sum, start = 0.0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        shared = (start + 1 + end) / 2
        rank_sum += shared * sum(1 for _, is_some in ranked[start:end] if is_some)
        start = end
    return (rank_sum - len(some) * (len(some) + 1) / 2) / (len(some) * len(others))


def write(answers: dict[str, list[Answer]], kinds: list[str], keep: bool) -> bool:
    """Prints the table, and puts it into the document unless that is kept; whether every goal is met."""
    times = {kind: [answer.seconds for answer in found] for kind, found in answers.items()}
    shapes = {answer.shape for found in answers.values() for answer in found}
    areas = {pair: area(times[pair[0]], times[pair[1]]) for pair in combinations(times, 2)}
    text = "\n".join([*summary(answers, areas, len(shapes)), "", *table(times, areas, kinds)])
    print(text)
    if not keep:
        before, _, rest = DOCUMENT.read_text().partition(BEGIN)
        _, found, after = rest.partition(END)
        if not found:
            raise RuntimeError(f"{DOCUMENT} has no place for the table")
        DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
    return len(shapes) == 1 and all(GOAL[0] <= found <= GOAL[1] for found in areas.values())


def summary(
    answers: dict[str, list[Answer]], areas: dict[tuple[str, str], float], shapes: int
) -> list[str]:
    each = min(len(found) for found in answers.values())
    worst = max(areas.values(), key=lambda found: abs(found - 0.5))
    # Of a pair that nothing tells apart, as the ranks of a random order have it.
    spread = ((2 * each + 1) / (12 * each * each)) ** 0.5
    looks = "one and the same" if shapes == 1 else f"{shapes} different ones"
    return [
        f"Measured on {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} processors "
        f"({platform.machine()}): {each} failed logins of each kind in random order, one at a time.",
        f"Their answers, without request ID, trace and date, are {looks}, byte for byte. Of the areas below the",
        f"farthest from one half is {worst:.3f}; chance alone puts two thirds of them within {spread:.3f} of it.",
    ]


def table(
    times: dict[str, list[float]], areas: dict[tuple[str, str], float], kinds: list[str]
) -> list[str]:
    lines = [
        "| area under the ROC curve | median ms | 5 % to 95 % | " + " | ".join(kinds[:-1]) + " |",
        "|---" + "|---:" * (len(kinds) + 1) + "|",
    ]
    for row, kind in enumerate(kinds):
        if kind not in times:
            lines.append(f"| {kind} | not measured: no `user import` |" + " |" * len(kinds))
            continue
        cuts = quantiles([1000 * value for value in times[kind]], n=20)
        cells = [f"{areas[other, kind]:.3f}" for other in kinds[:row]]
        cells += [""] * (len(kinds) - 1 - row)
        middle = f"{1000 * median(times[kind]):.2f}"
        lines.append(
            f"| {kind} | {middle} | {cuts[0]:.2f} to {cuts[-1]:.2f} | " + " | ".join(cells).rstrip() + " |"
        )
    return lines
