"""Parts `loops` and `workers`: two event loops against one, and four workers with one limit between them."""

import math
import os
import time
from contextlib import ExitStack
from statistics import median

from goals import Goal, at_least, not_measured
from measure import Run, Target, load, measure, wrk, wrk_result
from processors import BOTH, COUNT, HAS_TWO_TO_SPARE
from stage import FULL, Stage, say

TWO_LOOPS = 1.8
WORKERS, RATE, BURST = 4, 1_000, 100


def loops(stage: Stage) -> list[Goal]:
    runs: dict[int, list[Run]] = {1: [], 2: []}
    threads = 2 if HAS_TWO_TO_SPARE else 1
    for number in range(max(2, stage.rounds - 2)):
        for count in (1, 2) if number % 2 == 0 else (2, 1):
            processors = "0" if HAS_TWO_TO_SPARE and count == 1 else BOTH
            with stage.gateway(f"loops-{count}", processors, **{"event-loops": count}) as gateway:
                target = stage.target(FULL, gateway)
                load(target, 1)
                runs[count].append(measure(target, stage.redis, min(stage.seconds, 4), threads))
                say(f"{count} loops: {runs[count][-1].requests_per_second:,.0f} requests/s")
    rate = {count: median(run.requests_per_second for run in found) for count, found in runs.items()}
    cpu = {count: median(run.cpu for run in found) for count, found in runs.items()}
    what, ratio = "two loops against one, requests/s", rate[2] / rate[1]
    if HAS_TWO_TO_SPARE:
        return [at_least(what, ratio, TWO_LOOPS, "{:.2f} ×")]
    why = (
        f"{COUNT} processors, and load generator, upstream and Redis need one. With all on the same two: "
        f"{ratio:.2f} × the requests/s, {cpu[2] / cpu[1]:.2f} × the processor time a request"
    )
    return [not_measured(what, f"≥ {TWO_LOOPS} × where a second processor is free", why)]


def workers(stage: Stage) -> list[Goal]:
    name = "shared"
    limit = {"name": name, "key": ["user"], "rate": f"{RATE}/s", "burst": BURST}
    route = {"path": "/shared/**", "upstream": "unsigned", "require": "user", "limits": [name]}
    one = stage.folder / "one-session"
    one.write_text(f"{stage.header()}\n")
    with ExitStack() as stack:
        gateways = [
            stack.enter_context(
                stage.gateway(f"worker-{number}", f"0-{COUNT - 1}", limits=[limit], routes=[route])
            )
            for number in range(WORKERS)
        ]
        targets = [
            Target(gateway.name, gateway.program, gateway.port, "/shared/items", one)
            for gateway in gateways
            if gateway.program is not None
        ]
        begin = time.monotonic()
        under_way = [(wrk(target, stage.minute, connections=8), target) for target in targets]
        results = [wrk_result(process, target, stage.minute) for process, target in under_way]
        elapsed = time.monotonic() - begin
        for target in targets:
            os.truncate(target.program.log, 0)
    admitted = sum(result["requests"] - result["refused"] for result in results)
    asked = sum(result["requests"] for result in results)
    allowed = math.floor(BURST + RATE * elapsed)
    say(f"{WORKERS} workers admitted {admitted:,} of {asked:,} in {elapsed:.2f} s; {allowed:,} are allowed")
    over = max(0, admitted - allowed)
    return [
        Goal(
            f"admitted over the limit by {WORKERS} workers on one key in {elapsed:.0f} s",
            "0 above burst + rate × time",
            f"{over}; {admitted:,} of {asked:,} admitted, {allowed:,} allowed",
            over == 0 and admitted >= 0.95 * allowed,
        )
    ]
