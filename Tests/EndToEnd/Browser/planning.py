"""What tests of the planner's pages share: a planner with schedules, and words for what is done on the pages."""

from dataclasses import dataclass, field

from selenium.webdriver.remote.webelement import WebElement

from client import FIXTURES, Client
from conftest import PASSWORD, Plant
from lots import lots_of
from stack.polling import eventually

from .browser import Browser

HOSTILE = {
    "script": "<script>window.taken = true</script>",
    "image": '"><img src=x onerror=window.taken=1>',
    "formula": "=cmd()|'/C calc'!A0",
    "emoji": "\N{TEST TUBE}" * 255,
}


@dataclass
class Planner:
    """Somebody with an account, and the API as they use it."""

    email: str
    client: Client
    schedules: dict[str, str] = field(default_factory=dict)

    def sign_in(self, browser: Browser) -> None:
        browser.sign_in(self.email, PASSWORD)


def new_planner(plant: Plant) -> Planner:
    email = plant.fresh_user()
    return Planner(email, plant.client(email))


def compare(client: Client) -> str:
    """The ID of a comparison of two strategies that has ended."""
    body = {"lots_data": lots_of("lots.csv"), "strategies": ["spt-pack", "lpt-pack"], "name": "Which?"}
    answer = client.post("/api/v1/compare", json=body)
    assert answer.status_code == 202, answer.text
    address = f"/api/v1/compare/{answer.json()['id']}"
    eventually("the comparison has ended", lambda: client.get(address).json()["status"] == "completed")
    return answer.json()["id"]


def choose_file(browser: Browser, name: str) -> None:
    """A file of Tests/Fixtures, as the file dialogue hands it over."""
    browser.all("#file")[0].send_keys(str(FIXTURES / name))


def paste(browser: Browser, text: str) -> None:
    """Text into the field for lots, as pasting does it."""
    browser.script(
        "const field = document.getElementById('text'); field.value = arguments[0];"
        "field.dispatchEvent(new Event('input', { bubbles: true }));",
        text,
    )


def choose_strategy(browser: Browser, name: str) -> None:
    browser.find("#strategies label", name).click()


def key_figure(browser: Browser, label: str) -> str:
    """The value beside a label among the key figures."""
    figure: WebElement = browser.find(".figure", label)
    return figure.text.removeprefix(label).strip()


def shows_as_text(browser: Browser, text: str) -> bool:
    """Whether `text` is in the page, letter by letter, and nothing that it says was done."""
    assert browser.script("return window.taken") is None
    return bool(browser.script("return document.body.textContent.includes(arguments[0])", text))
