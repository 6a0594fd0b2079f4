"""What the page for a new schedule says of lots that cannot be planned."""

from conftest import Plant

from .browser import Browser
from .planning import choose_strategy, new_planner, paste

# A line each, with what is wrong in it and the column that it is about.
FAULTY = [
    (",VialE,1000,,", "Lot ID", "the lot ID is empty"),
    ("A1,VialH,900000,,", "Lot ID", "already used in line 2"),
    (f"{'A' * 51},VialE,10,,", "Lot ID", "has 51 characters"),
    ("A5,,1000,,", "Type", "the lot type is empty"),
    ("A6,AVeryLongTypeIndeed!!,10,,", "Type", "at most 20 are allowed"),
    ("A7,VialE,many,,", "Vials", "is not a whole number"),
    ("A8,VialE,0,,", "Vials", "1 to 100000000 are allowed"),
    ("A9,VialE,99000000,,", "Vials", "do not fit the window"),
    ("A10,VialE", None, "2 fields, 5 are expected"),
    ("A11,VialE,10,next Monday,", "Due", "is neither a day"),
    ("A12,VialE,10,,900", "Priority", "is not from 0 to 100"),
    ('"A13"x,VialE,10,,', None, "text after a closing quote"),
]
HEADER = "Lot ID,Type,Vials,Due,Priority"
GOOD = f"{HEADER}\nA1,VialE,100000,,\n"


def test_twelve_mistakes_are_all_shown_each_at_its_cell(browser: Browser, plant: Plant) -> None:
    new_planner(plant).sign_in(browser)
    browser.open("/app/new")
    paste(browser, GOOD + "\n".join(line for line, _, _ in FAULTY))
    browser.find("#summary .bad", "12 things to mend")
    columns = HEADER.split(",")
    for number, (_, column, message) in enumerate(FAULTY, start=3):
        entry = browser.find("#summary .bad li", f"Line {number}")
        assert message in entry.text
        place = f"#preview [data-line='{number}'] > :nth-child({columns.index(column) + 2 if column else 1})"
        assert message in browser.find(f"{place}.marked.bad").text
    # The summary leads to the cell.
    browser.click("#summary .bad li button", "Line 9")
    focused = browser.script("return document.activeElement.textContent")
    assert "do not fit the window" not in focused
    assert "99000000" in browser.find("#summary .bad li", "Line 10").text
    assert browser.violations() == []

    # What is mended is no longer marked, and nothing was stored meanwhile.
    paste(browser, GOOD)
    browser.find("#summary .good", "1 lot, nothing is wrong with them")
    assert browser.all("#preview .marked") == []


def test_lots_on_a_later_page_of_the_preview_are_jumped_to(browser: Browser, plant: Plant) -> None:
    new_planner(plant).sign_in(browser)
    browser.open("/app/new")
    lots = [f"L{number},VialE,1000" for number in range(400)]
    lots[333] = "L333,VialE,-1"
    paste(browser, "\n".join(["Lot ID,Type,Vials", *lots]))
    browser.click("#summary li button", "Line 335, Vials")
    assert "-1" in browser.script("return document.activeElement.textContent")


def test_faults_that_only_submission_finds_are_shown_and_mended(browser: Browser, plant: Plant) -> None:
    planner = new_planner(plant)
    planner.sign_in(browser)
    browser.open("/app/new")
    browser.find("#strategies label", "smart-pack")
    browser.click("#submit")
    assert "There are no lots yet" in browser.find("#problem [role=alert]").text
    paste(browser, GOOD)
    browser.find("#name").send_keys("right\u202eto left")
    choose_strategy(browser, "lpt-pack")
    browser.click("#submit")
    assert "control character" in browser.find("#name-fault").text
    assert browser.find("#problem .request-id").text
    browser.find("#name").clear()
    browser.find("#name").send_keys("left to right")
    browser.click("#submit")
    browser.find("h1", "left to right")
    assert planner.client.get("/api/v1/schedules").json()["total"] == 1
