"""Pictures of every page at three widths, in light and in dark: screenshots.py FOLDER [PAGE...]."""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from Browser.browser import Browser
from client import FIXTURES, Client
from stack.gateway import Gateway
from stack.rig import Rig

PASSWORD = "four lots before breakfast"
PLANNER, ADMIN = "anna.berger@plant.example", "operations@plant.example"
SIZES = {360: 780, 1024: 768, 1920: 1080}
SCHEMES = ("light", "dark")
COLOURS = 256
LIMITS = [
    {"name": "address", "key": ["ip"], "rate": "40/s", "burst": 200},
    {"name": "login", "key": ["ip"], "rate": "1000/s", "burst": 10000},
    {"name": "api", "key": ["user"], "rate": "100/s", "burst": 400},
]
WRONG_LOTS = "Lot ID,Type,Vials\nA1,VialE,100000\nA2,VialH,many\nA1,VialE,750000\nA4,,1000000\nA5,VialH,9000000\n"
SHOW_LOTS = """
const field = document.getElementById("text");
field.value = arguments[0];
field.dispatchEvent(new Event("input", { bubbles: true }));
"""


@dataclass
class Page:
    """A page as it is photographed: once `ready` is shown, and `prepare` has been done to it."""

    path: str
    ready: str
    who: str = PLANNER
    prepare: Callable[[Browser], None] = lambda browser: None


def pages(made: dict[str, str]) -> dict[str, Page]:
    def faults(browser: Browser) -> None:
        browser.script(SHOW_LOTS, WRONG_LOTS)
        browser.find("#summary .bad")

    def lots(browser: Browser) -> None:
        browser.script(SHOW_LOTS, (FIXTURES / "lots.csv").read_text())
        browser.find("#summary .good")

    def figures(browser: Browser) -> None:
        # The sparklines begin when the page is opened.
        browser.until("there is something to show", lambda: browser.script("return performance.now() > 20000"), 40)

    def chart(browser: Browser) -> None:
        browser.script("document.getElementById('chart').scrollIntoView(); scrollBy(0, -70)")

    return {
        "login": Page("/login", "[name=username]", who=""),
        "schedules": Page("/app/", ".running"),
        "new": Page("/app/new", "#strategies label", prepare=lots),
        "new-faults": Page("/app/new", "#strategies label", prepare=faults),
        "schedule": Page(f"/app/schedule?id={made['week']}", ".gantt-label"),
        "gantt": Page(f"/app/schedule?id={made['year']}", ".gantt-label", prepare=chart),
        "compare": Page(f"/app/compare?id={made['comparison']}", ".gantt-axis text"),
        "templates": Page(f"/app/templates?id={made['template']}", "#editor h2"),
        "account": Page("/account", "main h2"),
        "admin": Page("/admin/", "#place > *", ADMIN, figures),
        "admin-users": Page("/admin/#users", "#place > *", ADMIN, figures),
        "admin-limits": Page("/admin/#limits", "#place > *", ADMIN, figures),
        "admin-audit": Page("/admin/#audit", "#place > *", ADMIN, figures),
    }


def furnish(gateway: Gateway) -> tuple[dict[str, str], Client]:
    """Accounts, and what a planner has after some weeks: the IDs to look at, and the planner."""
    gateway.add_user(PLANNER, PASSWORD)
    gateway.add_user(ADMIN, PASSWORD, admin=True)
    client = Client(gateway.url).log_in(PLANNER, PASSWORD)
    start = "2027-01-04T06:00:00Z"
    template = client.post("/api/v1/config", json={
        "name": "Line A, fast needles", "is_public": True,
        "config": {"fill_rate_vph": 24_000, "changeover_matrix": {
            "VialE": {"VialF": 6, "VialH": 8}, "VialF": {"VialE": 5, "VialH": 8}, "VialH": {"VialE": 9, "VialF": 9}}},
    }).json()["id"]  # fmt: skip
    client.post("/api/v1/config", json={"name": "Line B", "config": {"clean_hours": 12}})
    comparison = client.post("/api/v1/compare", data={
        "strategies": "smart-pack,spt-pack,lpt-pack,milp-opt", "name": "Week 2, which strategy?", "start_time": start,
    }, files={"csv_file": (FIXTURES / "lots.csv").read_bytes()}).json()["id"]  # fmt: skip
    for name, strategy in [("Week 51", "lpt-pack"), ("Week 52", "cfs-pack"), ("Week 1", "hybrid-pack")]:
        client.completed(client.submit_csv("lots.csv", strategy, name=name, start_time=start))
    made = {
        "template": template,
        "comparison": comparison,
        "year": client.submit_csv("lots_large.csv", "smart-pack", name="Plan of the year 2027", start_time=start),
        "week": client.submit_csv("lots.csv", "milp-opt", name="Week 2, line A", start_time=start),
    }
    for key in ("year", "week"):
        client.completed(made[key])
    # Long enough to be seen running.
    client.submit_csv("lots_large.csv", "milp-opt", name="Plan of the year 2027, exact", start_time=start)
    return made, client


class Traffic:
    """What an administrator sees something of: somebody who asks too often, somebody who guesses, and people at work."""

    def __init__(self, gateway: Gateway, worker: Client) -> None:
        self._is_over = threading.Event()
        eager, guesser = Client(gateway.url, "127.0.0.9"), Client(gateway.url, "127.0.0.66")
        self._threads = [
            threading.Thread(target=self._repeat, args=(0.01, lambda: eager.get("/api/v1/strategies"))),
            threading.Thread(target=self._repeat, args=(0.1, lambda: worker.get("/api/v1/schedules"))),
            threading.Thread(target=self._repeat, args=(3, lambda: guesser.try_login(PLANNER, "summer2026"))),
        ]
        for thread in self._threads:
            thread.start()

    def _repeat(self, pause: float, ask: Callable[[], object]) -> None:
        while not self._is_over.wait(pause):
            ask()

    def end(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()


def shrink(file: Path) -> None:
    """Leaves a picture the colours that most of it has, which are nearly all that anybody sees."""
    picture = Image.open(file).convert("RGB")
    found = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)[:COLOURS]
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for _, colour in found for level in colour])
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(file, optimize=True)


def photograph(browser: Browser, name: str, page: Page, folder: Path) -> int:
    """How many bytes the pictures have."""
    size = 0
    browser.open(page.path)
    for width, height in SIZES.items():
        for scheme in SCHEMES:
            browser.size(width, height)
            browser.scheme(scheme)
            browser.find(page.ready, within=30)
            page.prepare(browser)
            time.sleep(0.3)
            file = folder / f"{name}-{width}-{scheme}.png"
            browser.picture(file)
            shrink(file)
            size += file.stat().st_size
    return size


def main(folder: Path, wanted: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    with Rig() as rig:
        _, _, gateway = rig.plant(limits=LIMITS)
        made, client = furnish(gateway)
        all_pages = pages(made)
        unknown = set(wanted) - set(all_pages)
        if unknown:
            sys.exit(f"screenshots: there is no page {', '.join(sorted(unknown))}; known are {', '.join(all_pages)}")
        traffic = Traffic(gateway, client)
        browser = Browser()
        try:
            for name, page in all_pages.items():
                if wanted and name not in wanted:
                    continue
                browser.fresh(gateway.url)
                if page.who:
                    browser.sign_in(page.who, PASSWORD)
                size = photograph(browser, name, page, folder)
                total += size
                print(f"screenshots: {name}, {size // 1024} KiB", file=sys.stderr)
        finally:
            browser.close()
            traffic.end()
    print(f"screenshots: {total // 1024} KiB in {folder}", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
