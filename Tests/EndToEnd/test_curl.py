"""The same road with curl, as a script would go it, and the browser's way in with a cookie."""

import json
import subprocess
from pathlib import Path

import pytest

from client import FIXTURES
from conftest import PASSWORD, Plant, Recording
from lots import DEFINED
from stack.polling import eventually


def curl(*arguments: str | Path) -> str:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "30", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def status_of(*arguments: str | Path) -> int:
    return int(curl("--output", "/dev/null", "--write-out", "%{http_code}", *arguments))


def test_curl_logs_in_plans_downloads_deletes_and_logs_out(plant: Plant, tmp_path: Path) -> None:
    url, email = plant.gateway.url, plant.fresh_user()
    answer = curl(
        f"{url}/api/v1/auth/login",
        "--data-urlencode",
        f"username={email}",
        "--data-urlencode",
        f"password={PASSWORD}",
    )
    token = json.loads(answer)["access_token"]
    bearer = ["--header", f"Authorization: Bearer {token}"]

    submitted = curl(
        f"{url}/api/v1/schedule",
        *bearer,
        "--form",
        f"csv_file=@{FIXTURES / 'lots.csv'}",
        "--form",
        "strategy=cfs-pack",
    )
    schedule = f"{url}/api/v1/schedule/{json.loads(submitted)['id']}"

    def completed() -> bool:
        return json.loads(curl(schedule, *bearer))["status"] == "completed"

    eventually("the schedule is completed", completed, 60, every=0.1)
    result = json.loads(curl(schedule, *bearer))["result"]
    assert round(result["makespan"], 2) == DEFINED["lots.csv"]["cfs-pack"]

    download = tmp_path / "schedule.csv"
    curl(f"{schedule}/export?format=csv", *bearer, "--fail", "--output", download)
    assert "C7" in download.read_text(encoding="utf-8-sig")

    assert status_of(schedule, *bearer, "--request", "DELETE") == 204
    assert status_of(schedule, *bearer) == 404
    assert status_of(f"{url}/api/v1/auth/logout", *bearer, "--request", "POST") == 204
    assert status_of(f"{url}/api/v1/auth/me", *bearer) == 401


@pytest.fixture
def jar(plant: Plant, tmp_path: Path) -> Path:
    """The cookies of a browser that has logged in."""
    jar = tmp_path / "cookies"
    status = status_of(
        f"{plant.gateway.url}/login",
        "--cookie-jar",
        jar,
        "--header",
        "Sec-Fetch-Site: same-origin",
        "--data-urlencode",
        f"username={plant.fresh_user()}",
        "--data-urlencode",
        f"password={PASSWORD}",
    )
    assert status == 303
    return jar


def test_the_browsers_cookie_is_kept_from_scripts_and_from_other_sites(plant: Plant, jar: Path) -> None:
    assert "#HttpOnly_127.0.0.1" in jar.read_text()
    url = plant.gateway.url
    assert status_of(f"{url}/api/v1/auth/me", "--cookie", jar) == 200
    logout: list[str | Path] = [f"{url}/api/v1/auth/logout", "--cookie", jar, "--request", "POST"]
    assert status_of(*logout) == 403
    assert status_of(*logout, "--header", "Sec-Fetch-Site: cross-site") == 403
    assert status_of(*logout, "--header", "Origin: https://elsewhere.example") == 403
    assert status_of(f"{url}/api/v1/auth/me", "--cookie", jar) == 200
    assert status_of(*logout, "--header", "Sec-Fetch-Site: same-origin") == 204
    assert status_of(f"{url}/api/v1/auth/me", "--cookie", jar) == 401


def test_pain_24_a_script_is_refused_and_only_a_navigation_is_sent_to_the_login_page(
    recording: Recording,
) -> None:
    page, interface = f"{recording.gateway.url}/mine/page", f"{recording.gateway.url}/api/v1/auth/me"
    navigation = ["--header", "Sec-Fetch-Mode: navigate", "--header", "Accept: text/html"]
    for path in (page, interface):
        assert status_of(path) == 401
        assert status_of(path, "--header", "X-Requested-With: XMLHttpRequest") == 401
        assert status_of(path, "--header", "Sec-Fetch-Mode: cors") == 401
    assert status_of(page, *navigation) == 303
    assert status_of(page, *navigation, "--request", "POST") == 401
    assert status_of(interface, *navigation) == 401
