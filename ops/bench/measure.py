"""One run of load against one target, and the processor time that it took."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from processors import OTHERS, pinned, seconds
from stack.program import Program

CONNECTIONS = 64


@dataclass(frozen=True)
class Target:
    name: str
    program: Program
    port: int
    path: str
    credentials: Path


@dataclass(frozen=True)
class Run:
    """Per 10,000 requests where processor time is meant; latencies in microseconds."""

    requests_per_second: float
    cpu: float
    redis_cpu: float
    p50: int
    p99: int


def load(target: Target, duration: int) -> dict[str, int]:
    """Runs wrk; every answer must be a success."""
    command = pinned(
        OTHERS,
        [
            "wrk",
            "--threads",
            "1",
            "--connections",
            str(CONNECTIONS),
            "--duration",
            f"{duration}s",
            "--timeout",
            "5s",
            "--script",
            Path(__file__).with_name("load.lua"),
            f"http://127.0.0.1:{target.port}",
            "--",
            target.path,
            target.credentials,
        ],
    )
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=duration + 60, check=False
    )
    results = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode != 0 or not results:
        raise RuntimeError(f"wrk against {target.name}: {done.stdout}{done.stderr}")
    result = json.loads(results[0].removeprefix("RESULT "))
    if result["failed"]:
        raise RuntimeError(f"{result['failed']} of {result['requests']} requests to {target.name} failed")
    return result


def measure(target: Target, redis: Program, duration: int) -> Run:
    before, redis_before = seconds(target.program.pid), seconds(redis.pid)
    result = load(target, duration)
    used, redis_used = seconds(target.program.pid) - before, seconds(redis.pid) - redis_before
    # The access log is part of what is measured, but not worth keeping.
    os.truncate(target.program.log, 0)
    tens_of_thousands = result["requests"] / 10_000
    return Run(
        requests_per_second=result["requests"] / (result["microseconds"] / 1e6),
        cpu=used / tens_of_thousands,
        redis_cpu=redis_used / tens_of_thousands,
        p50=result["p50"],
        p99=result["p99"],
    )
