"""One's own account in the browser: password, second factor, sessions, API keys."""

from collections.abc import Iterator
from functools import partial

import pytest
from selenium.webdriver.common.keys import Keys

from authenticator import Authenticator
from client import Client
from stack.polling import eventually

from .browser import Browser
from .desk import ADMIN, PASSWORD, WRONG, Desk

NEXT = "seven herons stand in the reeds"
HOSTILE = "<script>alert(1)</script> \u202egnp.exe =cmd()"
OK, UNAUTHORIZED = 200, 401


@pytest.fixture
def browser(chromium: Browser, desk: Desk) -> Iterator[Browser]:
    chromium.fresh(desk.gateway.url)
    yield chromium
    assert chromium.complaints() == []


@pytest.fixture
def email(browser: Browser, desk: Desk) -> str:
    """Somebody new whose account is open in the browser."""
    email = desk.user()
    browser.log_in(email, PASSWORD, "/account")
    browser.find("#sessions .entry")
    return email


def fill(browser: Browser, **values: str) -> None:
    for name, value in values.items():
        field = browser.find(f"#{name}")
        field.clear()
        field.send_keys(value)


def answers(client: Client, status: int) -> bool:
    return client.get("/api/v1/auth/me").status_code == status


def test_the_password_is_changed_after_what_is_wrong_was_said_at_its_field(
    browser: Browser, desk: Desk, email: str
) -> None:
    other = desk.client(email)
    assert "15 to 128 characters" in browser.text("#password-rule")
    browser.click("#password-form .primary")
    assert browser.find("#current_password-fault").text == "It must not be empty."
    fill(browser, current_password=PASSWORD, new_password="short")
    browser.click("#password-form .primary")
    fault = partial(browser.text, "#new_password-fault")
    browser.until("it is said", lambda: fault() == "It must have at least 15 characters.")
    assert browser.find("#new_password").get_attribute("aria-invalid") == "true"
    assert browser.find("#password-problem .request-id").text
    # What was typed is still there.
    assert browser.find("#current_password").get_attribute("value") == PASSWORD
    assert browser.violations() == []
    fill(browser, current_password=WRONG, new_password=NEXT)
    browser.click("#password-form .primary")
    assert "current password or the code is wrong" in browser.find("#password-problem [role=alert]").text
    fill(browser, current_password=PASSWORD, new_password=NEXT)
    browser.find("#new_password").send_keys(Keys.ENTER)
    browser.find("#toasts", "The password is changed")
    assert browser.find("#new_password").get_attribute("value") == ""
    eventually("the other session has ended", partial(answers, other, UNAUTHORIZED))
    browser.until("one session is left", lambda: len(browser.all("#sessions .entry")) == 1)
    assert Client(desk.gateway.url).try_login(email, NEXT).status_code == OK


def test_a_second_factor_is_brought_in_used_to_log_in_and_removed(
    browser: Browser, desk: Desk, email: str
) -> None:
    browser.click("#factor a", "Bring in an app")
    browser.find("#password").send_keys(PASSWORD + Keys.ENTER)
    secret = browser.find("main p code").text
    assert browser.find("figure.qr svg").size["width"] > 100
    assert browser.violations() == []
    app = Authenticator(
        f"otpauth://totp/Fillgate:{email}?secret={secret}&issuer=Fillgate&algorithm=SHA1&digits=6&period=30"
    )
    browser.find("#code").send_keys(app.wrong() + Keys.ENTER)
    assert "is not the code that the app shows now" in browser.find("[role=alert]").text
    browser.find("#code").send_keys(app.fresh() + Keys.ENTER)
    codes = [code.text for code in browser.find("#codes").find_elements("css selector", "code")]
    assert len(set(codes)) == 10
    assert browser.violations() == []
    browser.click("#codes-actions a", "Save as a file")
    saved = browser.downloaded(".txt").read_text()
    assert all(code in saved for code in codes)
    browser.click("#codes-actions a", "I have kept them")
    assert "Recovery codes left: 10 of 10" in browser.find("#factor", "Recovery codes").text

    # Out, and in again: without a code as with a wrong password, then with one.
    browser.click("#top button", "Log out")
    browser.find("[name=username]").send_keys(email)
    browser.find("[name=password]").send_keys(PASSWORD + Keys.ENTER)
    without = browser.find("[role=alert] p").text
    browser.find("[name=username]").send_keys(email)
    browser.find("[name=password]").send_keys(WRONG)
    browser.find("[name=code]").send_keys(app.wrong() + Keys.ENTER)
    assert browser.find("[role=alert] p").text == without
    browser.open("/login?next=/account")
    browser.find("[name=username]").send_keys(email)
    browser.find("[name=password]").send_keys(PASSWORD)
    browser.find("[name=code]").send_keys(codes[0] + Keys.ENTER)
    browser.until("the way back is found", lambda: browser.path == "/account")
    browser.find("#factor", "Recovery codes left: 9 of 10")
    # The password is changed with the code as well, so the form asks for it.
    browser.find("#password-code")

    browser.click("#factor summary")
    fill(browser, **{"remove-password": PASSWORD, "remove-code": codes[1]})
    browser.click("#factor button", "Remove the second factor")
    browser.find("#factor", "Bring in an app")


def test_sessions_are_listed_with_this_one_marked_and_ended(
    browser: Browser, desk: Desk, email: str
) -> None:
    program = desk.client(email, HOSTILE.encode())
    browser.driver.refresh()
    own, other = browser.until("both are there", lambda: pair(browser))
    assert "This one" in own.text and "Chrome" in own.text
    assert "<script>alert(1)</script> ⟨U+202E⟩gnp.exe =cmd()" in other.text
    assert browser.violations() == []
    other.find_element("css selector", "button").click()
    eventually("it has ended", partial(answers, program, UNAUTHORIZED))
    browser.until("it is listed no more", lambda: len(browser.all("#sessions .entry")) == 1)

    # Everywhere: by keyboard alone, with a question before it.
    program = desk.client(email)
    button = browser.find("#logout-all")
    browser.script("arguments[0].focus()", button)
    button.send_keys(Keys.ENTER)
    browser.find("dialog", "Log out everywhere?")
    browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    browser.until("nothing is asked any more", lambda: not browser.all("dialog"))
    assert answers(program, OK)
    button.click()
    browser.click("dialog button.danger")
    browser.until("out here", lambda: browser.path == "/login")
    eventually("out everywhere", partial(answers, program, UNAUTHORIZED))


def pair(browser: Browser) -> list | None:
    found = browser.all("#sessions .entry")
    return found if len(found) == 2 else None


def test_an_api_key_is_made_shown_once_used_and_revoked(browser: Browser, desk: Desk, email: str) -> None:
    browser.click("#new-key")
    focused = partial(browser.script, "return document.activeElement.id")
    browser.until("the name is asked", lambda: focused() == "key-name")
    fill(browser, **{"key-name": HOSTILE, "key-addresses": "nonsense"})
    browser.click("#key-form .primary")
    assert "It must be addresses or CIDR blocks" in browser.find("#key-form .fault").text
    fill(browser, **{"key-addresses": "127.0.0.0/8"})
    assert not browser.find("#key-form").find_elements("css selector", "#admin-scope:not([hidden])")
    browser.click("#key-form .primary")
    secret = browser.find("#secret").get_attribute("value")
    assert secret.startswith("fgk_")
    entry = browser.find("#keys .entry").text
    assert "<script>alert(1)</script> ⟨U+202E⟩gnp.exe =cmd()" in entry
    assert "read" in entry and "write" not in entry and "127.0.0.0/8" in entry
    assert browser.violations() == []
    program = Client(desk.gateway.url)
    program.bear(secret)
    assert answers(program, OK)
    browser.driver.refresh()
    browser.find("#keys .entry", "last used")
    assert not browser.all("#secret") and secret not in browser.driver.page_source
    browser.click("#keys .entry button", "Revoke")
    browser.click("dialog button.danger")
    browser.find("#keys", "You have no keys.")
    eventually("it opens nothing any more", partial(answers, program, UNAUTHORIZED))


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1024, "dark"), (1920, "light")])
def test_the_account_s_pages_fit_and_have_nothing_against_them(
    browser: Browser, email: str, width: int, scheme: str
) -> None:
    browser.scheme(scheme)
    browser.size(width, 900)
    for path in ("/account", "/second-factor"):
        browser.open(path)
        browser.find("#top nav a")
        assert browser.violations() == []
        assert browser.script("return document.documentElement.scrollWidth <= innerWidth"), path


def test_where_nothing_else_is_served_the_login_leads_to_one_s_account(browser: Browser, desk: Desk) -> None:
    browser.log_in(desk.user(), PASSWORD)
    assert browser.path == "/account"


def test_whoever_is_no_administrator_finds_no_way_to_the_console(browser: Browser, email: str) -> None:
    browser.open("/account")
    browser.find("#top .own a")
    assert "Administration" not in browser.text("#top")
    browser.log_in(ADMIN, PASSWORD, "/login?next=/account")
    browser.find("#top nav a", "Administration")
