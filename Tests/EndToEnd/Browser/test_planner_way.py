"""A planner's way from a file of lots to a schedule that is looked at, exported and deleted."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from conftest import Plant

from .browser import Browser
from .planning import Planner, choose_file, choose_strategy, key_figure, new_planner


def test_from_a_file_of_lots_to_an_optimal_schedule_and_back_to_an_empty_list(
    browser: Browser, plant: Plant
) -> None:
    planner = new_planner(plant)
    planner.sign_in(browser)
    browser.open("/app/")
    browser.click("a", "Plan your first lots")

    choose_file(browser, "lots.csv")
    browser.find("#summary .good", "15 lots, nothing is wrong with them")
    assert key_figure(browser, "Vials") == "7,035,000"
    assert key_figure(browser, "Time to fill") == "353.16 h"
    assert len(browser.all("#totals .bar")) == 2
    assert len(browser.all("#preview tbody tr")) == 15
    choose_strategy(browser, "milp-opt")
    browser.script("document.getElementById('start').value = '2026-07-06T06:00'")
    browser.script("document.getElementById('zone').value = 'Europe/Berlin'")
    # A double click makes one schedule.
    browser.script("const send = document.getElementById('submit'); send.click(); send.click();")

    assert browser.find("#proof", "Optimal")
    assert browser.path.startswith("/app/schedule?id=")
    assert key_figure(browser, "Makespan") == "497.16 h"
    made = planner.client.get("/api/v1/schedules").json()["schedules"]
    assert [(each["name"], each["strategy"]) for each in made] == [("lots", "milp-opt")]
    assert made[0]["start_time"] == "2026-07-06T04:00:00Z"

    browser.click("a", "All schedules")
    browser.find("tbody tr", "497.16 h")
    browser.find("#search").send_keys("nothing is called so")
    browser.find("#list", "No schedule is like this")
    browser.click("#list button", "Show all")
    browser.click("tbody a", "lots")
    browser.click("#delete")
    browser.click("dialog button", "Delete")
    browser.find("#list", "There is no schedule yet")
    assert planner.client.get("/api/v1/schedules").json()["total"] == 0


def test_chart_and_table_lead_to_each_other(browser: Browser, settled: Planner) -> None:
    settled.sign_in(browser)
    browser.open(f"/app/schedule?id={settled.schedules['small']}")
    browser.click(".activities button", "Fill")
    selected = browser.find(".activities tr.selected").text
    box = "const box = document.querySelector('.gantt-marks .selected').getBBox(); return [box.x, box.width]"
    folded = browser.script(box)
    browser.click("button", "One line of time")
    assert browser.script(box) != folded
    assert browser.find(".activities tr.selected").text == selected

    # By keys alone: to the next fill, which the table then shows too.
    gantt = browser.find(".gantt")
    gantt.send_keys("\ue014\ue014")
    browser.until("the table follows", lambda: browser.find(".activities tr.selected").text != selected)
    assert "Fill" in browser.find(".tip").text
    width = browser.script("return document.querySelector('.gantt-content').offsetWidth")
    gantt.send_keys("++")
    assert browser.script("return document.querySelector('.gantt-content').offsetWidth") > width * 2
    gantt.send_keys("0")
    assert browser.script("return document.querySelector('.gantt-content').offsetWidth") == width


def test_five_hundred_lots_are_drawn_as_far_as_they_are_in_view(browser: Browser, settled: Planner) -> None:
    settled.sign_in(browser)
    browser.open(f"/app/schedule?id={settled.schedules['large']}")
    browser.find(".gantt-label", "Block 1")
    marks = "return document.querySelectorAll('.gantt-marks [data-index]').length"
    assert 20 < browser.script(marks) < 400
    browser.script("document.querySelector('.gantt').scrollTop = 1e6")
    browser.until("the last blocks are drawn", lambda: "Block 2" in browser.all(".gantt-label")[-1].text)
    assert browser.script(marks) < 400
    browser.click(".pager button", "Next")
    browser.find(".pager", "51 to 100")


@pytest.mark.parametrize("form", ["csv", "json", "xlsx", "pdf"])
def test_a_schedule_is_downloaded(browser: Browser, settled: Planner, form: str) -> None:
    settled.sign_in(browser)
    browser.open(f"/app/schedule?id={settled.schedules['small']}")
    browser.click("#actions a", form.upper())
    check(form, browser.downloaded(f".{form}"))


def check(form: str, file: Path) -> None:
    content = file.read_bytes()
    if form == "json":
        assert round(json.loads(content)["makespan"], 2) == 497.16
    elif form == "csv":
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        assert sum("FILL" in row.values() for row in rows) == 15
    elif form == "xlsx":
        with zipfile.ZipFile(file) as workbook:
            assert workbook.testzip() is None
            assert "xl/workbook.xml" in workbook.namelist()
    else:
        assert content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
