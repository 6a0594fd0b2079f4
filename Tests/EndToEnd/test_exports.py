"""What a planner downloads: workbook, PDF and page, read by the programs that people open them with."""

import csv
import datetime
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from client import Client
from conftest import Plant

START = "2026-01-05T06:00:00Z"
# Each is a lot's ID that a spreadsheet or a page could take for something else.
LOTS = ["=cmd()", "00012", "1e5", "2026-01-05", "<script>alert(1)</script>", "a;b,\"c\"", "@SUM(A1)", "第七週"]
TYPES = {"xlsx": "application/vnd.openxmlformats", "pdf": "application/pdf", "html": "text/html"}


@pytest.fixture(scope="module")
def planner(plant: Plant) -> Client:
    return plant.client()


@pytest.fixture(scope="module")
def schedule(planner: Client) -> dict[str, Any]:
    """A completed schedule of lots with strange IDs."""
    lots = [
        {"lot_id": lot, "lot_type": f"Type {number % 3}", "vials": 199_200 * (number + 1)}
        for number, lot in enumerate(LOTS)
    ]
    identity = planner.submit_lots(lots, "lpt-pack", name="=1+1 & <b>Week 7</b>", start_time=START)
    return planner.completed(identity)


def download(planner: Client, schedule: dict[str, Any], kind: str, folder: Path) -> Path:
    answer = planner.get(f"/api/v1/schedule/{schedule['id']}/export?format={kind}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith(TYPES[kind])
    assert f'filename="schedule-{schedule["id"]}.{kind}"' in answer.headers["Content-Disposition"]
    again = planner.get(
        f"/api/v1/schedule/{schedule['id']}/export?format={kind}",
        headers={"If-None-Match": answer.headers["ETag"]},
    )
    assert again.status_code == 304
    file = folder / f"report.{kind}"
    file.write_bytes(answer.content)
    return file


def run(*command: str | Path) -> str:
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=120, check=True
    ).stdout


def sheets(workbook: Path) -> dict[str, list[list[str]]]:
    """Every sheet as LibreOffice shows it, by name."""
    # Comma, quotes, UTF-8, from the first row, no types by column, as shown on the screen, all sheets.
    kind = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
    run(
        "soffice", "--headless", f"-env:UserInstallation=file://{workbook.parent}/office",
        "--convert-to", kind, "--outdir", workbook.parent, workbook,
    )  # fmt: skip
    found = {}
    for file in workbook.parent.glob("report-*.csv"):
        with file.open(newline="", encoding="utf-8") as rows:
            found[file.stem.removeprefix("report-")] = list(csv.reader(rows))
    return found


def test_libreoffice_keeps_the_texts_dates_and_numbers_of_a_workbook(
    planner: Client, schedule: dict[str, Any], tmp_path: Path
) -> None:
    found = sheets(download(planner, schedule, "xlsx", tmp_path))
    assert set(found) == {"Schedule", "Key figures", "Lots"}

    activities = schedule["result"]["activities"]
    header, *rows = found["Schedule"]
    assert header[:2] == ["Start (UTC)", "End (UTC)"]
    assert len(rows) == len(activities)
    for row, activity in zip(rows, activities, strict=True):
        # Shown to the minute, and never far from what it is.
        shown = datetime.datetime.strptime(row[0], "%Y-%m-%d %H:%M").replace(tzinfo=datetime.UTC)
        meant = datetime.datetime.fromisoformat(activity["start"])
        assert abs(shown - meant) <= datetime.timedelta(minutes=1)
        assert row[2] == activity["kind"]
        assert row[4:7] == [activity["lot_id"] or "", activity["lot_type"] or "", activity["note"]]
        assert float(row[7].replace(",", "")) == pytest.approx(activity["duration_hours"], abs=0.005)

    lots = {row[0]: row for row in found["Lots"][1:]}
    assert set(lots) == set(LOTS)
    for number, lot in enumerate(LOTS):
        assert lots[lot][2] == f"{199_200 * (number + 1):,}"
    figures = {row[0]: row[1] for row in found["Key figures"]}
    assert figures["Schedule"] == "=1+1 & <b>Week 7</b>"
    assert figures["Start"] == "2026-01-05 06:00"
    assert float(figures["Makespan"]) == pytest.approx(schedule["result"]["makespan"], abs=0.005)


def test_a_pdf_shows_the_figures_the_chart_and_every_activity(
    planner: Client, schedule: dict[str, Any], tmp_path: Path
) -> None:
    file = download(planner, schedule, "pdf", tmp_path)
    pages = [page for page in run("pdftotext", "-layout", file, "-").split("\f") if page.strip()]
    assert f"Pages:           {len(pages)}\n" in run("pdfinfo", file)
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
    assert "=1+1 & <b>Week 7</b>" in pages[0]
    assert "Mon 5 Jan 2026, 06:00 UTC" in pages[0]
    assert f"{schedule['result']['makespan']:.2f} h" in pages[0]
    table = "\n".join(pages[1:])
    for lot in LOTS:
        assert not lot.isascii() or lot in table
    assert len(re.findall(r"Fill  ", table)) == len(LOTS)


def test_a_page_shows_names_as_text_and_may_run_nothing(
    planner: Client, schedule: dict[str, Any], tmp_path: Path
) -> None:
    page = download(planner, schedule, "html", tmp_path).read_text()
    assert "<bdi>=1+1 &amp; &lt;b&gt;Week 7&lt;/b&gt;</bdi>" in page
    assert "<script" not in page
    answer = planner.get(f"/api/v1/schedule/{schedule['id']}/export?format=html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe" not in policy
