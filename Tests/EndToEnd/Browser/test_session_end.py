"""The end of a session is announced before it comes, and takes nothing with it that was typed."""

from collections.abc import Iterator
from functools import partial

import pytest

from .browser import Browser
from .desk import PASSWORD, Desk, opened

TYPED = "nightly export"


@pytest.fixture(scope="module", params=["idle", "absolute"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    idle, absolute = ("6s", "12h") if request.param == "idle" else ("12s", "12s")
    sessions = {"idle-timeout": idle, "absolute-timeout": absolute, "touch-interval": "1s"}
    with opened(sessions=sessions) as desk:
        yield desk


def test_it_is_announced_and_what_was_typed_is_kept_until_it_is_sent(chromium: Browser, desk: Desk) -> None:
    browser = chromium
    browser.fresh(desk.gateway.url)
    email = desk.user()
    browser.log_in(email, PASSWORD, "/account")
    browser.click("#new-key")
    browser.find("#key-name").send_keys(TYPED)
    kind = browser.find("#session-banner", "You will be logged out in").get_attribute("data-kind")
    if kind == "idle":
        # Somebody is there: it goes on, and is announced again later.
        browser.click("#session-banner button", "Stay logged in")
        browser.until("no banner", lambda: not browser.all("#session-banner"))
        browser.find("#session-banner", "You will be logged out in")
    # Nobody is: nothing that the page does by itself keeps the session.
    browser.find("#session-banner", "Your session has ended")
    assert browser.violations() == []

    page, (login,) = browser.driver.current_window_handle, other_windows(browser)
    browser.driver.switch_to.window(login)
    browser.log_in(email, PASSWORD, browser.path)
    assert browser.path == "/account"
    browser.driver.switch_to.window(page)
    browser.until("the page goes on", partial(goes_on, browser))
    assert browser.find("#key-name").get_attribute("value") == TYPED
    browser.click("#key-form .primary")
    assert browser.find("#secret").get_attribute("value").startswith("fgk_")
    assert browser.find("#keys .entry", TYPED)
    assert browser.complaints() == []


def goes_on(browser: Browser) -> bool:
    """Whether the page knows of the new session: it looks when it is shown again, and when it is told to."""
    for button in browser.all("#session-banner[data-kind=ended] button"):
        button.click()
    return not browser.all("#session-banner[data-kind=ended]")


def other_windows(browser: Browser) -> list[str]:
    """Where "Log in again" leads: a window of its own."""
    here = browser.driver.current_window_handle
    browser.click("#session-banner a", "Log in again")
    return browser.until(
        "a window opens", lambda: [each for each in browser.driver.window_handles if each != here]
    )
