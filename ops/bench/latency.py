"""Part `latency`: what Fillgate adds at a constant rate, against nginx in the same rounds."""

from statistics import median

from goals import Goal, at_most, not_measured
from measure import at_constant_rate
from peers import NGINX
from stage import BARE, FULL, Stage, say

RATE = 10_000
# Microseconds at which the floor itself is a queue that grows.
TOO_LATE = 5_000


def run(stage: Stage) -> list[Goal]:
    p50: dict[str, list[int]] = {}
    with stage.gateway("on-time") as gateway:
        targets = [stage.peer(NGINX), stage.target(BARE, gateway), stage.target(FULL, gateway)]
        for number in range(stage.rounds):
            for place in range(len(targets)):
                target = targets[(number + place) % len(targets)]
                found = at_constant_rate(target, stage.folder, RATE, min(stage.seconds, 4))
                p50.setdefault(target.name, []).append(found["p50"])
                times = f"p50 {found['p50']}, p99 {found['p99']} µs"
                say(f"round {number + 1}/{stage.rounds}  {target.name:26} {times}")
    floor = median(p50[NGINX])
    if floor > TOO_LATE:
        what, why = f"added latency at {RATE:,} requests/s, p50", "not even nginx keeps up with that here"
        return [not_measured(what, "≤ 0.15 ms", why)]
    return [
        at_most(
            f"added latency at {RATE:,} requests/s, p50, {name.rpartition(' ')[2]}",
            (median(p50[name]) - floor) / 1000,
            0.15,
            "{:.2f} ms",
            f"{median(p50[name]) / 1000:.2f} ms over nginx's {floor / 1000:.2f} ms",
        )
        for name in (BARE, FULL)
    ]
