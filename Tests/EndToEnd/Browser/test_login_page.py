"""The page on which people log in, in a browser."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from conftest import PASSWORD, Plant

from .browser import Browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_page_has_nothing_against_it(browser: Browser, scheme: str) -> None:
    browser.scheme(scheme)
    browser.open("/login")
    browser.find("[name=username]")
    assert browser.violations() == []


def test_a_wrong_password_is_said_in_the_page_and_the_right_one_leads_on(browser: Browser, plant: Plant) -> None:
    email = plant.fresh_user()
    browser.open("/login?next=/second-factor")
    browser.find("[name=username]").send_keys(email)
    browser.find("[name=password]").send_keys("not the password at all")
    browser.click("form button[type=submit]")
    assert browser.find("[role=alert]").text
    assert browser.violations() == []
    browser.log_in(email, PASSWORD, "/login?next=/second-factor")
    assert browser.path == "/second-factor"


def test_without_a_way_back_or_with_one_elsewhere_the_planner_s_pages_come_next(
    browser: Browser, plant: Plant
) -> None:
    for page in ("/login", "/login?next=//evil.example/"):
        browser.log_in(plant.fresh_user(), PASSWORD, page)
        assert browser.path == "/app/"


def test_the_login_works_without_script_and_by_keyboard_alone(browser: Browser, plant: Plant) -> None:
    email = plant.fresh_user()
    browser.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open("/login?next=/second-factor")
        # The first field has the focus already.
        keys = ActionChains(browser.driver).send_keys(email, Keys.TAB, PASSWORD, Keys.ENTER)
        keys.perform()
        browser.until("in", lambda: browser.path == "/second-factor")
        assert "Log out" in browser.text("header")
        browser.find("[name=password]").send_keys(PASSWORD + Keys.ENTER)
        assert browser.find("figure.qr svg")
    finally:
        browser.cdp("Emulation.setScriptExecutionDisabled", value=False)


def test_what_the_policy_forbids_and_what_leaves_the_gateway_is_noticed(browser: Browser) -> None:
    browser.open("/login")
    browser.script("document.body.setAttribute('style', 'color: red')")
    browser.script("fetch('http://localhost:1/').catch(() => {})")
    found: list[str] = []
    browser.until("both are named", lambda: found.extend(browser.complaints()) or len(found) >= 2)
    assert any("Content Security Policy" in line for line in found)
    assert any("localhost:1" in line for line in found)
