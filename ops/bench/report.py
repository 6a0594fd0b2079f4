"""What was measured, as tables for people, and its place in docs/benchmarks.md."""

from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import goals
import processors
from measure import CONNECTIONS, Run
from peers import LUA, NGINX
from stage import Stage

END = "<!-- to here -->"
HEADINGS = [
    "",
    "CPU s per 10k",
    "spread",
    "to nginx",
    "to nginx+Lua",
    "Redis CPU s per 10k",
    "requests/s",
    "p50 µs",
    "p99 µs",
]


def table(runs: dict[str, list[Run]], missing: dict[str, str]) -> str:
    """One line a target; ratios are to the medians of nginx and nginx with Lua."""
    cpu = {name: median(run.cpu for run in found) for name, found in runs.items()}
    lines = ["| " + " | ".join(HEADINGS) + " |", "|---" + "|---:" * (len(HEADINGS) - 1) + "|"]
    for name, found in runs.items():
        cells = [
            name,
            f"{cpu[name]:.3f}",
            f"{min(run.cpu for run in found):.3f} to {max(run.cpu for run in found):.3f}",
            f"{cpu[name] / cpu[NGINX]:.2f}",
            f"{cpu[name] / cpu[LUA]:.2f}",
            f"{median(run.redis_cpu for run in found):.3f}",
            f"{median(run.requests_per_second for run in found):,.0f}",
            f"{median(run.p50 for run in found):.0f}",
            f"{median(run.p99 for run in found):.0f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    for name, why in missing.items():
        lines.append(f"| {name} | not measured: {why.replace('|', '/')} |" + " |" * (len(HEADINGS) - 2))
    return "\n".join(lines)


def section(stage: Stage, found: list[goals.Goal], runs: dict[str, list[Run]]) -> str:
    """Everything that one run of the benchmark has to say."""
    versions = ", ".join(f"{name} {number}" for name, number in stage.peers.versions.items())
    return f"""Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {processors.description()}.
Peers: {versions}.

## Goals

{goals.table(found)}

## A request, by target

{CONNECTIONS} connections, 1,000 sessions in turn, answers of 1,147 bytes; {stage.rounds} rounds of
{stage.seconds:g} s, targets interleaved, medians.

{table(runs, stage.peers.missing)}
"""


def write(path: Path, text: str, by: str = "ops/bench/run") -> None:
    """Replaces what the last run of a script wrote; all around it stays."""
    old = path.read_text()
    begin = f"<!-- {by} writes from here -->"
    before, found, rest = old.partition(begin)
    _, found_too, after = rest.partition(END)
    if not (found and found_too):
        raise RuntimeError(f"{path} lacks the lines {begin} and {END}, between which the figures belong")
    path.write_text(f"{before}{begin}\n\n{text}\n{END}{after}")
