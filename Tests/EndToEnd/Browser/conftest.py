"""One browser for all tests of pages; each finds it empty, and fails for what it complained about."""

from collections.abc import Iterator

import pytest

from conftest import Plant

from .browser import Browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    browser = Browser()
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture
def browser(chromium: Browser, plant: Plant) -> Iterator[Browser]:
    """At the shared plant, with nobody logged in."""
    chromium.fresh(plant.gateway.url)
    yield chromium
    assert chromium.complaints() == []
