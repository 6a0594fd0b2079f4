"""Part `allocations`: how often a request asks for memory, in the release build and under load."""

from goals import Goal, at_most
from measure import load
from stack.cost import Allocations
from stage import BARE, FULL, Stage

SECONDS = 2


def run(stage: Stage) -> list[Goal]:
    found = []
    counter = Allocations(stage.folder)
    with stage.gateway("counted", environment=counter.environment) as gateway:
        for name, bound in ((FULL, 15), (BARE, 8)):
            target = stage.target(name, gateway)
            load(target, 1)
            before = counter.so_far()
            requests = load(target, SECONDS)["requests"]
            each = (counter.so_far() - before) / requests
            kind = name.rpartition(" ")[2]
            found.append(at_most(f"allocations a request, {kind}", each, bound, "{:.1f}"))
    return found
