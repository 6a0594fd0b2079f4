"""One run of load against one target, and the processor time that it took."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processors import OTHERS, pinned, seconds
from stack.program import Program
from stack.slow_clients import compiled

HERE = Path(__file__).parent
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


def wrk(
    target: Target, duration: float, connections: int = CONNECTIONS, threads: int = 1
) -> subprocess.Popen[str]:
    """Starts wrk."""
    command: list[str | Path] = ["wrk", "--threads", str(threads), "--connections", str(connections)]
    command += ["--duration", f"{round(duration)}s", "--timeout", "5s", "--script", HERE / "load.lua"]
    command += [f"http://127.0.0.1:{target.port}", "--", target.path, target.credentials]
    return subprocess.Popen(
        list(map(str, pinned(OTHERS, command))), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wrk_result(process: subprocess.Popen[str], target: Target, duration: float) -> dict[str, int]:
    """What wrk found, once it has ended."""
    try:
        output, errors = process.communicate(timeout=duration + 60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise RuntimeError(f"wrk against {target.name} does not end") from None
    target.program.assert_running()
    results = [line for line in output.splitlines() if line.startswith("RESULT ")]
    if process.returncode != 0 or not results:
        raise RuntimeError(f"wrk against {target.name} ended with {process.returncode}: {output}{errors}")
    return json.loads(results[0].removeprefix("RESULT "))


def load(target: Target, duration: float, connections: int = CONNECTIONS, threads: int = 1) -> dict[str, int]:
    """Runs wrk; every answer must be a success."""
    result = wrk_result(wrk(target, duration, connections, threads), target, duration)
    if result["failed"] or not result["requests"]:
        raise RuntimeError(
            f"{result['failed']} of {result['requests']} requests to {target.name} failed; "
            f"its log ends so:\n{target.program.tail(10)}"
        )
    return result


def measure(target: Target, redis: Program, duration: float, threads: int = 1) -> Run:
    before, redis_before = seconds(target.program.pid), seconds(redis.pid)
    result = load(target, duration, threads=threads)
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


def at_constant_rate(
    target: Target,
    folder: Path,
    rate: int,
    duration: float,
    connections: int = 32,
    processors: str = OTHERS,
) -> dict[str, Any]:
    """Latencies at that many requests a second, whatever the answers take; every one must be a success."""
    program = compiled(HERE / "constant_rate.c", folder)
    words = [target.port, connections, rate, duration, target.path, target.credentials]
    done = subprocess.run(
        list(map(str, pinned(processors, [program, *map(str, words)]))),
        capture_output=True,
        text=True,
        timeout=duration + 60,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the load against {target.name} ended: {done.stdout}{done.stderr}")
    result = json.loads(done.stdout)
    if result["failed"]:
        raise RuntimeError(f"{result['failed']} of {result['requests']} requests to {target.name} failed")
    os.truncate(target.program.log, 0)
    return result
