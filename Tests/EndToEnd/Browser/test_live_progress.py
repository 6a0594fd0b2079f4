"""Planning as it is watched: it moves, it outlives a gateway that restarts, and it can be ended."""

from conftest import Plant
from lots import lots_of

from .browser import Browser
from .planning import new_planner

# What a browser says of a gateway that is gone for a moment.
GONE = ["REFUSED", "INCOMPLETE_CHUNKED_ENCODING", "EMPTY_RESPONSE", "CONNECTION_RESET", "SOCKET_NOT_CONNECTED"]


def progress(browser: Browser) -> int:
    return int(browser.find("[role=progressbar]").get_attribute("aria-valuenow") or 0)


def test_best_and_bound_close_in_before_ones_eyes_and_a_gateway_restart_does_not_stop_it(
    browser: Browser, plant: Plant
) -> None:
    browser.tolerate(*GONE)
    planner = new_planner(plant)
    # So many that it takes a while, and so few that there is news every few seconds.
    planner.client.submit_lots(lots_of("lots_large.csv")[:120], "milp-opt", name="long")
    planner.sign_in(browser)
    browser.open("/app/")
    told = browser.find(".running", ", bound").text
    first = progress(browser)
    browser.until("best and bound close in", lambda: browser.find(".running").text != told)
    browser.until("the bar moves", lambda: progress(browser) > first)
    browser.click("tbody a", "long")
    browser.find(".race text", "bound")

    plant.gateway.stop()
    seen = progress(browser)
    plant.gateway.start()
    # Or it has ended meanwhile, and that is told.
    browser.until("it moves on", lambda: browser.all("#proof") or progress(browser) > seen, within=60)


def test_what_is_being_planned_is_cancelled_on_its_page(browser: Browser, plant: Plant) -> None:
    planner = new_planner(plant)
    schedule = planner.client.submit_csv("lots_large.csv", "milp-opt", name="too long")
    planner.sign_in(browser)
    browser.open(f"/app/schedule?id={schedule}")
    browser.find("#progress [role=progressbar]")
    assert browser.violations() == []
    browser.click("#cancel")
    browser.find("#facts", "Cancelled")
    assert planner.client.get(f"/api/v1/schedule/{schedule}").json()["status"] == "cancelled"


def test_a_list_tells_by_itself_what_has_ended(browser: Browser, plant: Plant) -> None:
    planner = new_planner(plant)
    planner.client.submit_csv("lots_large.csv", "lpt-pack", name="quick")
    planner.sign_in(browser)
    browser.open("/app/")
    browser.find("tbody tr", "36,429.43 h", within=20)
