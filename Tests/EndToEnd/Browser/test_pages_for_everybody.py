"""The planner's pages by the rules of axe-core, in both colour schemes, on a phone and on a wide screen."""

import pytest

from conftest import Plant

from .browser import Browser
from .planning import Planner

# A page, and what is on it once it is complete.
PAGES = {
    "/app/": "tbody tr",
    "/app/new": "#strategies label",
    "/app/schedule?id={small}": ".gantt-label",
    "/app/schedule?id={large}": ".gantt-label",
    "/app/compare": "tbody tr",
    "/app/compare?id={comparison}": ".gantt-axis text",
    "/app/templates": "#editor h2",
}


@pytest.mark.parametrize("page", PAGES)
def test_no_rule_is_broken_and_nothing_is_wider_than_the_window(
    browser: Browser, settled: Planner, page: str
) -> None:
    settled.sign_in(browser)
    browser.open(page.format(**settled.schedules))
    browser.find("#top", "Log out")
    for scheme, width in [("light", 360), ("dark", 1920)]:
        browser.size(width, 900)
        browser.scheme(scheme)
        browser.find(PAGES[page])
        assert browser.violations() == [], (scheme, width)
        assert browser.script("return document.documentElement.scrollWidth") <= width


def test_pages_are_for_those_who_are_logged_in_and_lead_back(browser: Browser, plant: Plant) -> None:
    browser.open("/app/schedule?id=1")
    assert browser.path.startswith("/login?next=")
    answer = plant.client().get("/app", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (308, "/app/")
    assert plant.client().get("/app/nothing").status_code == 404
