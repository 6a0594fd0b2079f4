"""A goal, what was measured, and whether that is good enough."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """`met` is None where it could not be measured; `measured` says why then."""

    what: str
    goal: str
    measured: str
    met: bool | None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "**not met**", None: "not measured"}[self.met]


def at_most(what: str, found: float, bound: float, form: str = "{:.2f}", remark: str = "") -> Goal:
    """A goal that is met up to its bound. `form` has a place for the figure and its unit around that."""
    goal = form.format(bound)
    if found > bound and form.format(found) == form.format(bound):
        # Not to look as if it were met.
        form = form.replace(".2f", ".4f")
    measured = form.format(found) + (f"; {remark}" if remark else "")
    return Goal(what, f"≤ {goal}", measured, found <= bound)


def at_least(what: str, found: float, bound: float, form: str = "{:.2f}") -> Goal:
    return Goal(what, f"≥ {form.format(bound)}", form.format(found), found >= bound)


def not_measured(what: str, goal: str, why: str) -> Goal:
    return Goal(what, goal, why, None)


def table(goals: list[Goal]) -> str:
    rows = [("what", "goal", "measured", "verdict"), ("---", "---", "---", "---")]
    rows += [(goal.what, goal.goal, goal.measured, goal.verdict) for goal in goals]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
