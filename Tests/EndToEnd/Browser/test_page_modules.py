"""What the pages work out by themselves, asked of their modules in the browser."""

from typing import Any

import pytest

from .browser import Browser
from .planning import Planner

CALL = """
const [name, called, given] = arguments;
const done = arguments[arguments.length - 1];
const own = document.querySelector("script[type=module]").src;
import(own.replace(/[^.]*\\.js$/, `${name}.js`)).then((module) => done(module[called](...given)), (fault) => done(String(fault)));
"""


@pytest.fixture
def page(browser: Browser, settled: Planner) -> Browser:
    settled.sign_in(browser)
    browser.open("/app/new")
    return browser


def call(browser: Browser, module: str, function: str, *given: Any) -> Any:
    return browser.driver.execute_async_script(CALL, module, function, given)


@pytest.mark.parametrize(
    ("local", "zone", "moment"),
    [
        ("2026-01-05T06:00", "UTC", "2026-01-05T06:00:00Z"),
        ("2026-01-05T06:00", "Asia/Kolkata", "2026-01-05T00:30:00Z"),
        ("2026-07-06T06:00", "America/New_York", "2026-07-06T10:00:00Z"),
        # Clocks leap over this hour, and show that one twice.
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00Z"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"),
        ("2026-13-01T00:00", "UTC", None),
    ],
)
def test_a_start_is_what_the_clocks_of_its_zone_show(
    page: Browser, local: str, zone: str, moment: str | None
) -> None:
    assert call(page, "zones", "momentOf", local, zone) == moment


def test_a_file_is_split_as_the_scheduler_splits_it(page: Browser) -> None:
    text = '\ufeffVials;Lot_ID;type;Note\r\n\r\n1;"A;\n1" ; VialE;x\r\n2; "B""2";VialH\r\n;;\r\n"3'
    table = call(page, "csv", "readCSV", text)
    assert table["header"] == ["Vials", "Lot_ID", "type", "Note"]
    assert table["columns"] == ["Vials", "Lot ID", "Type", None]
    assert table["records"] == [
        {"line": 3, "cells": ["1", "A;\n1", " VialE", "x"]},
        {"line": 5, "cells": ["2", 'B"2', "VialH"]},
        {"line": 7, "cells": ["3"]},
    ]
    assert call(page, "csv", "readCSV", "")["records"] == []
