"""The administrator's console: an attack is seen while it happens, and what is done here takes effect."""

import re
import threading
from collections.abc import Iterator
from functools import partial

import pytest
from selenium.webdriver.common.keys import Keys

from client import Client
from stack.polling import eventually

from .browser import Browser
from .desk import ADMIN, PASSWORD, WRONG, Desk

NEXT = "seven herons stand in the reeds"
HOSTILE = "<script>alert(1)</script> \u202egnp.exe =cmd() " + "\U0001f480" * 40
OK, UNAUTHORIZED, FORBIDDEN, LIMITED = 200, 401, 403, 429
PARTS = ["", "users", "lockouts", "limits", "audit", "health"]


@pytest.fixture
def browser(chromium: Browser, desk: Desk) -> Iterator[Browser]:
    chromium.fresh(desk.gateway.url)
    chromium.log_in(ADMIN, PASSWORD, "/admin/")
    yield chromium
    assert chromium.complaints() == []


def go(browser: Browser, part: str) -> None:
    browser.click(f"#places a[data-part='{part}']")


def guess(desk: Desk, email: str, times: int, address: str) -> Client:
    """Somebody who does not know the password."""
    guesser = Client(desk.gateway.url, address)
    for _ in range(times):
        assert guesser.try_login(email, WRONG).status_code == UNAUTHORIZED
    return guesser


def answers(client: Client, status: int, path: str = "/api/v1/auth/me") -> bool:
    return client.get(path).status_code == status


def test_an_attack_is_seen_while_it_happens_and_the_victim_is_unlocked_with_one_click(
    browser: Browser, desk: Desk, address: str
) -> None:
    browser.find(".tile", "Failed logins")
    victim = desk.user("victim")
    guesser = guess(desk, victim, 6, address)
    entry = browser.find("main .entry", victim)
    assert f"from {address}" in entry.text
    assert browser.find("#places .count").text == "1"
    # It happened among the last events, and the line of failures has moved.
    browser.find(".event", "login-failed")
    browser.until("the figure has moved", lambda: most(browser, "Failed logins") > 0)
    assert browser.violations() == []
    assert guesser.try_login(victim, PASSWORD).status_code == UNAUTHORIZED
    entry.find_element("css selector", "button").send_keys(Keys.ENTER)
    browser.find("#toasts", f"{victim} is unlocked")
    assert guesser.try_login(victim, PASSWORD).status_code == OK
    browser.until("nobody is locked", lambda: "Nobody is locked." in browser.text("main"))


def most(browser: Browser, name: str) -> float:
    """The greatest value of the line of that name."""
    label = browser.find(f"svg[aria-label^='{name}']").get_attribute("aria-label")
    found = re.search(r", ([0-9.,]+) at most", label)
    return float(found[1].replace(",", "")) if found else 0


def test_accounts_are_made_found_changed_and_deleted(browser: Browser, desk: Desk) -> None:
    go(browser, "users")
    email = "o'hara+<b>x</b>@plant.example"
    browser.find("#new-email").send_keys(email)
    browser.find("#created-password").send_keys("short")
    browser.click("main form button", "Make the account")
    assert "at least 15 characters" in browser.find("#created-password-fault").text
    assert browser.find("#new-email").get_attribute("value") == email
    browser.find("#created-password").clear()
    browser.find("#created-password").send_keys(PASSWORD)
    browser.click("main form button", "Make the account")
    made = email if browser.until("made or refused", lambda: outcome(browser)) else None
    if made is None:
        # The address is none, and that is said; a plainer one is.
        browser.find("#new-email-fault")
        made = "ohara@plant.example"
        browser.find("#new-email").clear()
        browser.find("#new-email").send_keys(made)
        browser.click("main form button", "Make the account")
        browser.find("#toasts", "is made")
    browser.find("#user-search").send_keys("HARA")
    browser.until("one is found", lambda: [each.text for each in browser.all("#users .name-link")] == [made])
    assert browser.violations() == []

    client = Client(desk.gateway.url)
    client.http.headers["User-Agent"] = HOSTILE.encode()
    client.log_in(made, PASSWORD)
    browser.click("#users .name-link")
    session = browser.find("#user-sessions .entry", "<script>alert(1)</script> ⟨U+202E⟩gnp.exe =cmd()")
    assert browser.violations() == []
    session.find_element("css selector", "button").click()
    eventually("the session has ended", partial(answers, client, UNAUTHORIZED))

    client.log_in(made, PASSWORD)
    do(browser, "Disable")
    browser.find(".badge", "Disabled")
    assert answers(client, UNAUTHORIZED)
    assert client.try_login(made, PASSWORD).status_code == UNAUTHORIZED
    browser.click(".actions button", "Enable")
    browser.find(".actions button", "Disable")
    browser.find("#set-password").send_keys(NEXT)
    browser.click("main form button", "Set the password")
    browser.find("#toasts", "The password is set")
    client.log_in(made, NEXT)
    do(browser, "Make administrator")
    browser.find("main .badge", "Administrator")
    client.log_in(made, NEXT)
    assert answers(client, OK, "/api/v1/admin/users")
    do(browser, "Take the administrator's role")
    browser.find(".actions button", "Make administrator")
    eventually("no administrator any more", partial(answers, client, UNAUTHORIZED, "/api/v1/admin/users"))
    do(browser, "Delete")
    browser.find("#users .name-link")
    assert made not in browser.text("#users")


def outcome(browser: Browser) -> bool | None:
    if any("is made" in each.text for each in browser.all("#toasts .notice")):
        return True
    return False if browser.all("#new-email-fault") else None


def do(browser: Browser, action: str) -> None:
    """Presses the button, and says yes to what it asks."""
    browser.click(".actions button", action)
    browser.click("dialog button[value=yes]")
    browser.until("the question is gone", lambda: not browser.all("dialog"))


def test_limits_show_what_is_refused_by_whom_and_in_flight_and_let_it_be_forgotten(
    browser: Browser, desk: Desk, address: str
) -> None:
    go(browser, "limits")
    visitor = Client(desk.gateway.url, address)
    browser.find("main tr", "narrow")

    def floods() -> bool:
        visitor.get("/open/page")
        cells = row(browser, "narrow")
        return float(cells[4].replace(",", "")) > 0

    browser.until("refusals show in the row", floods)
    assert "shadow" in row(browser, "trial")[0]

    def trial_moves() -> bool:
        visitor.get("/open/page")
        return row(browser, "trial")[4] != "0"

    browser.until("figures of the one in shadow move", trial_moves)
    entry = browser.find("main .entry", address)
    assert "by narrow" in entry.text or "by trial" in entry.text
    assert browser.violations() == []
    assert visitor.get("/open/page").status_code == LIMITED
    browser.find("#limit-subject").send_keys(address)
    browser.click("main form button", "Show what is left")
    browser.find("table tr", "narrow")
    browser.click("main button", "Forget what was used")
    eventually("let in again", partial(answers, visitor, OK, "/open/page"))

    # Requests in flight are there as long as they are.
    planner = desk.client(desk.user("planner"))
    desk.upstream.release.clear()
    held = threading.Thread(target=planner.get, args=("/mine/hold",))
    held.start()
    try:
        browser.until("one is in flight", lambda: row(browser, "exports")[5] == "1")
    finally:
        desk.upstream.release.set()
        held.join()
    browser.until("none is", lambda: row(browser, "exports")[5] == "0")


def row(browser: Browser, policy: str) -> list[str]:
    """The cells of a policy's row."""
    return browser.script(
        """const rows = [...document.querySelector("tbody").rows];
           const cells = rows.map((row) => [...row.cells].map((cell) => cell.textContent));
           return cells.find((row) => row[0].startsWith(arguments[0]));""",
        policy,
    )


def test_the_audit_comes_live_and_is_filtered_by_account_and_kind(
    browser: Browser, desk: Desk, address: str
) -> None:
    go(browser, "audit")
    browser.find("#events .event")
    one, other = desk.user("one"), desk.user("other")
    guess(desk, one, 1, address)
    browser.find("#events .event.new", one)
    browser.find("#audit-user").send_keys(one + Keys.ENTER)
    browser.until("only theirs", lambda: all(one in each.text for each in events(browser)))
    desk.client(one, address=address)
    desk.client(other, address=address)
    browser.find("#events .event", "login-succeeded")
    assert other not in browser.text("#events")
    browser.script(
        "const s = arguments[0]; s.selectedIndex = 1; s.dispatchEvent(new Event('change', {bubbles: true}))",
        browser.find("#audit-kind"),
    )
    browser.until(
        "only failures",
        lambda: {each.text for each in browser.all("#events .event .badge")} == {"login-failed"},
    )
    assert browser.violations() == []
    button = browser.find("button[aria-pressed]")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    before = len(events(browser))
    guess(desk, one, 1, address)
    button.click()
    browser.until("it is caught up with", lambda: len(events(browser)) == before + 1)


def events(browser: Browser) -> list:
    return browser.all("#events .event") or [browser.find("#events .event")]


def test_redis_upstreams_and_workers_are_told_of_and_a_redis_that_is_away_is_said(
    browser: Browser, desk: Desk
) -> None:
    go(browser, "health")
    browser.find("main", "Redis answers")
    text = browser.text("main")
    assert "noeviction" not in text and "7." in text and desk.upstream.address in text and "healthy" in text
    desk.redis.pause()
    try:
        browser.find("#trouble", "Redis does not answer")
        browser.find("#state", "Not live")
        assert browser.violations() == []
    finally:
        desk.redis.resume()
    browser.find("#state", "Live", within=30)
    browser.until("the trouble is over", lambda: not browser.all("#trouble *"))


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1024, "dark"), (1920, "light")])
def test_every_part_fits_and_has_nothing_against_it(
    browser: Browser, desk: Desk, width: int, scheme: str
) -> None:
    browser.scheme(scheme)
    browser.size(width, 900)
    for part in PARTS:
        go(browser, part)
        browser.find("#state", "Live")
        browser.find("#place .card")
        browser.until("it is filled", lambda: not browser.all("[aria-busy=true]"))
        assert browser.violations() == [], part
        assert browser.script("return document.documentElement.scrollWidth <= innerWidth"), part


def test_the_console_is_for_administrators(chromium: Browser, desk: Desk) -> None:
    chromium.fresh(desk.gateway.url)
    email = desk.user()
    chromium.log_in(email, PASSWORD, "/account")
    client = desk.client(email)
    for path in ("/admin/", "/admin"):
        assert client.get(path).status_code == FORBIDDEN
    assert chromium.complaints() == []
