"""Pages when something is in the way: a session that ends, a slow network, two windows, the way back."""

from conftest import PASSWORD, Plant

from .browser import Browser
from .planning import HOSTILE, Planner, new_planner, paste, shows_as_text

LOTS = "Lot ID,Type,Vials\nA1,VialE,100000\n"


def test_a_session_that_has_ended_loses_nothing_that_was_typed(browser: Browser, plant: Plant) -> None:
    planner = new_planner(plant)
    planner.sign_in(browser)
    browser.open("/app/new")
    paste(browser, LOTS)
    browser.find("#summary", "1 lot")
    browser.find("#name").send_keys("typed with care")
    browser.until("the strategies are there", lambda: browser.all("#strategies input"))
    planner.client.post("/api/v1/auth/logout-all")
    browser.click("#submit")
    browser.find("#session-banner", "Your session has ended")
    assert browser.find("#name").get_attribute("value") == "typed with care"
    assert browser.violations() == []

    # Logged in again in another window, the same form is sent as it is.
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.log_in(planner.email, PASSWORD)
    browser.driver.switch_to.window(first)
    browser.script("document.querySelector('#session-banner button')?.click()")
    browser.until("the banner goes", lambda: not browser.all("#session-banner"))
    browser.click("#submit")
    browser.find("h1", "typed with care")


def test_what_was_typed_outlives_a_reload_and_is_nobody_elses(browser: Browser, plant: Plant) -> None:
    planner, other = new_planner(plant), new_planner(plant)
    planner.sign_in(browser)
    browser.open("/app/new")
    paste(browser, LOTS)
    browser.find("#summary", "1 lot")
    browser.open("/app/new")
    browser.until("it is there again", lambda: browser.find("#text").get_attribute("value") == LOTS)
    other.sign_in(browser)
    browser.open("/app/new")
    browser.find("#top", other.email)
    assert browser.find("#text").get_attribute("value") == ""


def test_two_windows_and_the_way_back(browser: Browser, settled: Planner) -> None:
    settled.sign_in(browser)
    browser.open("/app/")
    browser.find("tbody tr", "Week 2")
    browser.click("#states button", "Completed")
    browser.find("#states [aria-pressed=true]", "Completed")
    browser.click("#states button", "Failed")
    browser.find("#list", "No schedule is like this")
    browser.driver.back()
    browser.find("tbody tr", "Week 2")
    assert browser.path == "/app/?status=completed"
    browser.click("tbody a", "Week 2")
    browser.find("#proof")
    browser.driver.back()
    browser.find("#states [aria-pressed=true]", "Completed")

    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.open("/app/schedule?id=" + settled.schedules["large"])
    browser.find("#proof")
    browser.driver.switch_to.window(first)
    browser.find("tbody tr", "The whole year")


def test_a_slow_network_leaves_no_page_half_done(browser: Browser, settled: Planner) -> None:
    settled.sign_in(browser)
    browser.throttle(60_000, latency_ms=150)
    browser.open("/app/")
    browser.find("tbody tr", "Week 2", within=30)
    browser.click("tbody a", "Week 2")
    browser.find(".gantt-label", "Block 1", within=30)


def test_a_schedule_that_is_not_there_is_said_with_the_request_to_ask_about(
    browser: Browser, settled: Planner
) -> None:
    settled.sign_in(browser)
    browser.open("/app/schedule?id=01a20000-0000-7000-8000-000000000000")
    browser.find("#problem [role=alert]", "There is no such schedule")
    assert len(browser.find("#problem .request-id").text) >= 8
    browser.click("#problem button", "Copy")


def test_a_download_that_is_refused_is_said_in_the_page(browser: Browser, plant: Plant) -> None:
    planner = new_planner(plant)
    planner.sign_in(browser)
    schedule = planner.client.submit_csv("lots.csv", "lpt-pack")
    planner.client.completed(schedule)
    browser.open(f"/app/schedule?id={schedule}")
    browser.find("#proof")
    planner.client.delete(f"/api/v1/schedule/{schedule}")
    browser.click("#actions a", "CSV")
    assert browser.find("#toasts [role=alert] .request-id").text


def test_hostile_names_are_text_everywhere(browser: Browser, plant: Plant) -> None:
    planner = new_planner(plant)
    planner.sign_in(browser)
    lots = [
        {"lot_id": HOSTILE["script"][:50], "lot_type": "<b>bold</b>", "vials": 100_000},
        {"lot_id": "=cmd()", "lot_type": "+1+1", "vials": 900_000},
        {"lot_id": "\N{TEST TUBE}" * 50, "lot_type": "\u05d0\u05d1\u05d2", "vials": 500_000},
    ]
    made = {}
    for key, name in HOSTILE.items():
        made[key] = planner.client.submit_lots(lots, "lpt-pack", name=name)
    for schedule in made.values():
        planner.client.completed(schedule)
    browser.open("/app/")
    browser.find("tbody tr", "=cmd()")
    for name in HOSTILE.values():
        assert shows_as_text(browser, name)
    assert browser.script("return document.documentElement.scrollWidth <= innerWidth")

    browser.open(f"/app/schedule?id={made['image']}")
    browser.find("#proof")
    assert shows_as_text(browser, HOSTILE["image"])
    browser.find(".gantt").send_keys("\ue014\ue014")
    browser.until("the tooltip is shown", lambda: browser.find(".tip").text)
    for lot in lots:
        assert shows_as_text(browser, str(lot["lot_id"]))
        assert shows_as_text(browser, str(lot["lot_type"]))
    browser.click("#delete")
    assert HOSTILE["image"] in browser.find("dialog").text
    browser.click("dialog button", "Cancel")

    browser.open("/app/new")
    paste(browser, f"Lot ID,Type,<i>Vials</i>\n{lots[0]['lot_id']},\u202eabc,10\n")
    browser.find("#summary .bad")
    assert shows_as_text(browser, "<i>Vials</i>")
    assert shows_as_text(browser, "\u27e8U+202E\u27e9abc")
