"""Medians and ratios, as a table for people."""

import subprocess
from datetime import UTC, datetime
from statistics import median

import processors
from measure import CONNECTIONS, Run

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


def table(runs: dict[str, list[Run]], floor: str, rival: str) -> str:
    """One line a target; ratios are to the medians of `floor` and `rival`."""
    cpu = {name: median(run.cpu for run in found) for name, found in runs.items()}
    lines = ["| " + " | ".join(HEADINGS) + " |", "|---" + "|---:" * (len(HEADINGS) - 1) + "|"]
    for name, found in runs.items():
        cells = [
            name,
            f"{cpu[name]:.3f}",
            f"{min(run.cpu for run in found):.3f} to {max(run.cpu for run in found):.3f}",
            f"{cpu[name] / cpu[floor]:.2f}",
            f"{cpu[name] / cpu[rival]:.2f}",
            f"{median(run.redis_cpu for run in found):.3f}",
            f"{median(run.requests_per_second for run in found):,.0f}",
            f"{median(run.p50 for run in found):.0f}",
            f"{median(run.p99 for run in found):.0f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def document(table: str, rounds: int, duration: int) -> str:
    return f"""# Benchmarks

What one request costs the gateway in processor time, next to nginx in the same run.
`ops/bench/run` measures this and writes this file; its figures are from that run only.

* {datetime.now(UTC):%Y-%m-%d}, {processors.description()}; {nginx_version()}.
* One worker or event loop each, alone on processor 0; load generator, upstream and Redis share
  processor 1. Requests a second are limited by that for the fastest; compare processor time.
* {CONNECTIONS} connections, 1,000 sessions in turn, answers of 1,147 bytes; {rounds} rounds of
  {duration} s, targets interleaved, medians. Every answer was a success. Processor time is from
  `/proc/PID/stat`.
* Fillgate as it comes: strict parsing, request IDs, trace context, timeouts, and an access log to a
  file. nginx writes no access log.

{table}

* **nginx** proxies and adds a request ID.
* **nginx+Lua** also looks up a session and charges one limit in Redis.
* **Fillgate, bare** is a route for all, without limits.
* **Fillgate, full** looks up a session and charges two limits, by address and by user, in Redis, in
  one flight.
* **Fillgate, full and signed** also signs a statement of who asks (Ed25519) for the upstream.
"""


def nginx_version() -> str:
    done = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True)
    return done.stderr.strip().removeprefix("nginx version: ")
