"""Strategies compared over the same lots, from the file to the charts one under the other."""

from conftest import Plant
from lots import DEFINED

from .browser import Browser
from .planning import choose_file, new_planner


def test_three_strategies_over_the_same_lots_are_compared(browser: Browser, plant: Plant) -> None:
    planner = new_planner(plant)
    planner.sign_in(browser)
    browser.open("/app/compare")
    browser.click("#content a", "Compare strategies over your lots")
    choose_file(browser, "lots.csv")
    browser.find("#summary .good")
    for box in browser.all("#strategies input"):
        if box.is_selected() != (box.get_attribute("value") in ("spt-pack", "lpt-pack", "milp-opt")):
            box.click()
    browser.click("#submit", "Compare 3 strategies")

    saving = browser.find("#saving", within=30).text
    assert "497.16 h" in saving and "4.00 h" in saving and "Optimal" in saving
    rows = browser.all(".compared li")
    assert len(rows) == 3
    assert [row.text.count("Best") for row in rows] == [1, 0, 0]
    assert f"{DEFINED['lots.csv']['spt-pack']:.2f} h" in rows[2].text
    assert browser.violations() == []

    # One scale: to zoom one chart is to zoom them all.
    widths = "return [...document.querySelectorAll('.gantt-content')].map((each) => each.offsetWidth)"
    before = browser.script(widths)
    assert len(before) == 3 and len(set(before)) == 1
    browser.click("[aria-label='Zoom in']")
    browser.until("all of them are larger", lambda: all(width > before[0] for width in browser.script(widths)))
    browser.script("document.querySelectorAll('.gantt')[2].scrollLeft = 100")
    browser.until("all are scrolled", lambda: browser.script(
        "return [...document.querySelectorAll('.gantt')].every((each) => each.scrollLeft === 100)"))

    browser.click(".compared a", "spt-pack")
    browser.find("#facts", "spt-pack")
    browser.driver.back()
    browser.find("#saving")
    browser.click("a", "All comparisons")
    browser.find("tbody tr", "497.16 h")
