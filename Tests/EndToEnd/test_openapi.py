"""The OpenAPI document against the service behind the gateway: schemathesis finds no fault."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client import Client
from conftest import PASSWORD, Plant

# What a schema cannot say is refused with 400: two lots of one ID, vials beyond the window, a CSV file that is
# none. A template's If-Match that is not the one is 412, and an unfinished schedule has no file yet.
SETTINGS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 304, 400, 401, 404, 409, 412, 428]

# These are for faulty bodies, and answer 200 with what is wrong.
[[operations]]
include-operation-id = ["validate", "validateTemplate"]
checks.negative_data_rejection.enabled = false
"""


@pytest.fixture(scope="module")
def key(plant: Plant) -> Iterator[str]:
    """An API key, and something there that can be read."""
    email = plant.fresh_user()
    made = plant.gateway.command(
        "key", "create", email, "--name", "schemathesis", "--scope", "read", "--scope", "write"
    )
    assert made.returncode == 0, made.stderr
    found = re.search(r"fgk_\S+", made.stdout)
    assert found, made.stdout
    planner = Client(plant.gateway.url).log_in(email, PASSWORD)
    planner.completed(planner.submit_csv("lots.csv", "lpt-pack"))
    yield found[0]
    plant.gateway.command("key", "revoke", email, "--all")


def test_the_document_is_served_below_the_paths_that_the_gateway_forwards(plant: Plant) -> None:
    document = plant.client().get("/api/v1/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/schedule/{id}/export" in document["paths"]
    assert Client(plant.gateway.url).get("/api/v1/openapi.json").status_code == 401


def test_schemathesis_finds_no_fault(plant: Plant, key: str, tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    answer = plant.client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    document.write_bytes(answer.content)
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS)
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", settings, "run", document,
            "--url", plant.gateway.url, "--header", f"Authorization: Bearer {key}",
            # What is at the root, the gateway answers itself or does not forward.
            "--include-path-regex", "^/api/v1/",
            "--max-examples", "5", "--seed", "1", "--generation-deterministic",
            "--workers", "2", "--request-timeout", "20",
            "--suppress-health-check", "all", "--no-color", "--warnings", "off",
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
