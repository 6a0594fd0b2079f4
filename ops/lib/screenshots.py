"""Pictures of every page at three widths, in light and in dark: screenshots.py FOLDER [PAGE...]."""

import sys
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
COLOURS = 128
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
        "account": Page("/account", "main h1"),
        "admin": Page("/admin/", "main h1", who=ADMIN),
    }


def furnish(gateway: Gateway) -> dict[str, str]:
    """Accounts, and what a planner has after some weeks."""
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
    return made


def photograph(browser: Browser, name: str, page: Page, folder: Path) -> int:
    """How many bytes the pictures have."""
    size = 0
    for width, height in SIZES.items():
        for scheme in SCHEMES:
            browser.size(width, height)
            browser.scheme(scheme)
            browser.open(page.path)
            browser.find(page.ready, within=30)
            page.prepare(browser)
            file = folder / f"{name}-{width}-{scheme}.png"
            browser.picture(file)
            Image.open(file).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
            size += file.stat().st_size
    return size


def main(folder: Path, wanted: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    with Rig() as rig:
        _, _, gateway = rig.plant()
        all_pages = pages(furnish(gateway))
        unknown = set(wanted) - set(all_pages)
        if unknown:
            sys.exit(f"screenshots: there is no page {', '.join(sorted(unknown))}; known are {', '.join(all_pages)}")
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
    print(f"screenshots: {total // 1024} KiB in {folder}", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
