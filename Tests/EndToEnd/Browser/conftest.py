"""One browser for all tests of pages; each finds it empty, and fails for what it complained about."""

from collections.abc import Iterator

import pytest

from conftest import Plant

from .browser import Browser
from .desk import Desk, opened
from .planning import Planner, compare, new_planner


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    browser = Browser()
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """A gateway of the module's own, with an administrator."""
    with opened() as desk:
        yield desk


@pytest.fixture
def browser(chromium: Browser, plant: Plant) -> Iterator[Browser]:
    """At the shared plant, with nobody logged in."""
    chromium.fresh(plant.gateway.url)
    yield chromium
    assert chromium.complaints() == []


@pytest.fixture(scope="session")
def settled(plant: Plant) -> Planner:
    """A planner whose schedules have ended; tests look at them and change none."""
    planner = new_planner(plant)
    client = planner.client
    wanted = {
        "small": client.submit_csv("lots.csv", "milp-opt", name="Week 2", start_time="2026-01-05T06:00:00Z"),
        "large": client.submit_csv("lots_large.csv", "smart-pack", name="The whole year"),
    }
    for schedule in wanted.values():
        client.completed(schedule)
    wanted["comparison"] = compare(client)
    planner.schedules = wanted
    return planner
