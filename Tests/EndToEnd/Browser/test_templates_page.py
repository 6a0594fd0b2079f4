"""Templates of settings, as they are made, changed and used on their page."""

import json

import pytest

from conftest import Plant

from .browser import Browser
from .planning import HOSTILE, Planner, new_planner, paste, shows_as_text


@pytest.fixture
def planner(browser: Browser, plant: Plant) -> Planner:
    planner = new_planner(plant)
    planner.sign_in(browser)
    return planner


def make(planner: Planner, name: str, **config: object) -> str:
    answer = planner.client.post("/api/v1/config", json={"name": name, "config": config})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def retype(browser: Browser, selector: str, text: str) -> None:
    field = browser.find(selector)
    field.clear()
    field.send_keys(text)


def test_a_template_is_made_of_the_systems_settings_and_used(browser: Browser, planner: Planner) -> None:
    browser.open("/app/templates")
    browser.find("#editor", "System settings")
    browser.click("#editor button", "Copy")
    retype(browser, "#editor [id^=name]", "Fast needles")
    retype(browser, "[id^=fill_rate_vph]", "0")
    browser.find("#editor .fault", "a whole number from 1 to 1000000 is expected")
    retype(browser, "[id^=fill_rate_vph]", "39840")
    browser.click("#editor button", "Save")
    browser.find("#list button", "39,840 vials an hour")
    browser.click("#editor button", "Make it my default")
    browser.find("#list .badge", "Default")
    assert browser.violations() == []

    browser.open("/app/new")
    paste(browser, "Lot ID,Type,Vials\nA1,VialE,398400\n")
    browser.find("#settings", "39,840 vials an hour")
    browser.find(".figure", "10.00 h")
    browser.click("#submit")
    browser.find("#proof")
    made = planner.client.get("/api/v1/schedules").json()["schedules"][0]
    assert made["makespan"] == 34
    assert made["template"] == planner.client.get("/api/v1/config/default").json()["id"]


def test_a_matrix_is_typed_into_a_grid(browser: Browser, planner: Planner) -> None:
    template = make(planner, "By pairs")
    browser.open(f"/app/templates?id={template}")
    for name in ("VialE", "VialH"):
        browser.find("#matrix-type").send_keys(name + "\ue007")
    browser.find("[aria-label='Hours from VialE to VialH']").send_keys("6,5")
    browser.find("[aria-label='Hours from VialH to VialE']").send_keys("2")
    browser.click("#editor button", "Save")
    browser.find("#list button", "changeovers by matrix")
    stored = planner.client.get(f"/api/v1/config/{template}").json()["config"]["changeover_matrix"]
    assert stored == {"VialE": {"VialH": 6.5}, "VialH": {"VialE": 2}}
    browser.size(360, 800)
    assert browser.violations() == []
    assert browser.script("return document.documentElement.scrollWidth") <= 360


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(browser: Browser, planner: Planner) -> None:
    template = make(planner, "Line A")
    browser.open(f"/app/templates?id={template}")
    retype(browser, "[id^=clean_hours]", "12")
    planner.client.call(
        "PUT", f"/api/v1/config/{template}", json={"name": "Line B", "config": {}, "version": 1}
    )
    browser.click("#editor button", "Save")
    browser.find("#editor [role=alert]", "changed meanwhile")
    assert browser.find("[id^=clean_hours]").get_attribute("value") == "12"
    browser.click("#editor a", "read it again")
    browser.find("#editor h2", "Line B")


def test_templates_travel_as_files_and_names_stay_text(browser: Browser, planner: Planner) -> None:
    template = make(planner, HOSTILE["script"], clean_hours=6)
    browser.open(f"/app/templates?id={template}")
    browser.click("#editor a", "Export")
    file = browser.downloaded(".json")
    assert json.loads(file.read_text())["config"]["clean_hours"] == 6
    browser.click("#editor button", "Delete")
    browser.click("dialog button", "Delete")
    browser.until("it is gone", lambda: len(browser.all("#list li")) == 1)
    browser.all("#import")[0].send_keys(str(file))
    browser.find("#list li", "clean 6 h")
    assert shows_as_text(browser, HOSTILE["script"])
