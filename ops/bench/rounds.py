"""Part `requests`: every target in turn under the same load; processor time, requests a second, latency."""

from collections.abc import Callable
from functools import partial
from statistics import median

from goals import Goal, at_least, at_most, not_measured
from measure import Run, Target, load, measure
from peers import CADDY, ENVOY, FASTAPI, HAPROXY, LUA, NGINX
from stage import BARE, FULL, SIGNED, Stage, say

WARM_UP = 1
NEEDED = {NGINX, LUA, BARE, FULL, SIGNED}


def run(stage: Stage) -> tuple[list[Goal], dict[str, list[Run]]]:
    with stage.gateway("measured") as gateway:
        names = [NGINX, HAPROXY, CADDY, ENVOY, LUA, FASTAPI]
        targets = [stage.peer(name) for name in names if name not in stage.peers.missing]
        targets += [stage.target(name, gateway) for name in (BARE, FULL, SIGNED)]
        runs = in_turn(stage, targets)
    return goals(stage, runs), runs


def in_turn(stage: Stage, targets: list[Target]) -> dict[str, list[Run]]:
    """Every target once a round, in an order that shifts from round to round. One that fails is left out,
    unless all is for nothing without it."""
    runs: dict[str, list[Run]] = {target.name: [] for target in targets}

    def tried(target: Target, work: Callable[[], object]) -> None:
        try:
            work()
        except RuntimeError as fault:
            if target.name in NEEDED:
                raise
            stage.peers.missing[target.name] = " ".join(str(fault).split())[:200]
            del runs[target.name]
            say(f"going on without {target.name}: {stage.peers.missing[target.name]}")

    def measured(target: Target, number: int) -> None:
        found = measure(target, stage.redis, stage.seconds)
        runs[target.name].append(found)
        say(f"round {number + 1}/{stage.rounds}  {target.name:26} {found.cpu:.3f} CPU s per 10k requests")

    for target in targets:
        tried(target, partial(load, target, WARM_UP))
    for number in range(stage.rounds):
        for place in range(len(targets)):
            target = targets[(number + place) % len(targets)]
            if target.name in runs:
                tried(target, partial(measured, target, number))
    return runs


def goals(stage: Stage, runs: dict[str, list[Run]]) -> list[Goal]:
    cpu = {name: median(run.cpu for run in found) for name, found in runs.items()}
    redis = {name: median(run.redis_cpu for run in found) for name, found in runs.items()}
    rate = {name: median(run.requests_per_second for run in found) for name, found in runs.items()}
    full = "session, address limit and user limit"
    found = [
        at_most("processor time of a bare request", cpu[BARE] / cpu[NGINX], 1.25, "{:.2f} × nginx"),
        at_most(f"processor time of {full}", cpu[FULL] / cpu[LUA], 0.60, "{:.2f} × nginx+Lua with one limit"),
        at_most(f"processor time of {full}", cpu[FULL] / cpu[NGINX], 1.5, "{:.2f} × nginx, bare"),
    ]
    what, goal = f"processor time of {full}", "below Envoy's, bare"
    if ENVOY in cpu:
        found.append(Goal(what, goal, f"{cpu[FULL] / cpu[ENVOY]:.2f} × Envoy, bare", cpu[FULL] < cpu[ENVOY]))
    else:
        found.append(not_measured(what, goal, stage.peers.missing[ENVOY]))
    found.append(
        at_most("Redis's own processor time", redis[FULL] / redis[LUA], 0.6, "{:.2f} × behind nginx+Lua")
    )
    what, form = f"requests a second with {full}", "{:.0f} × FastAPI + slowapi"
    if FASTAPI in rate:
        found.append(at_least(what, rate[FULL] / rate[FASTAPI], 70, form))
    else:
        found.append(not_measured(what, "≥ " + form.format(70), stage.peers.missing[FASTAPI]))
    return found
