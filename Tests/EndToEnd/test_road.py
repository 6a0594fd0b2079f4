"""The road from end to end: log in, submit lots, wait, read the result, download it, delete it, log out."""

import csv
import io

import pytest

from client import Client
from conftest import PASSWORD, Plant
from lots import DEFINED, STRATEGIES, check_makespan, lots_of


@pytest.fixture(scope="module")
def planner(plant: Plant) -> Client:
    return plant.client()


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("form", ["json", "multipart"])
def test_a_planner_gets_the_makespan_that_the_strategy_is_known_to_give(
    planner: Client, strategy: str, form: str
) -> None:
    if form == "json":
        schedule = planner.submit_lots(lots_of("lots.csv"), strategy, name="fifteen lots")
    else:
        schedule = planner.submit_csv("lots.csv", strategy, name="fifteen lots")
    result = planner.completed(schedule)["result"]
    check_makespan("lots.csv", strategy, result["makespan"])
    assert result["lots_scheduled"] == len(lots_of("lots.csv"))
    assert not result["window_violations"]
    fills = [activity["lot_id"] for activity in result["activities"] if activity["kind"] == "FILL"]
    assert sorted(fills) == sorted(lot["lot_id"] for lot in lots_of("lots.csv"))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_five_hundred_lots_are_planned_as_well(planner: Client, strategy: str) -> None:
    schedule = planner.submit_csv("lots_large.csv", strategy)
    check_makespan("lots_large.csv", strategy, planner.completed(schedule)["result"]["makespan"])


@pytest.mark.parametrize("alias", ["spt", "spt_pack"])
def test_a_strategy_may_be_named_by_its_alias(planner: Client, alias: str) -> None:
    answer = planner.completed(planner.submit_csv("lots.csv", alias))
    assert answer["strategy"] == "spt-pack"
    check_makespan("lots.csv", "spt-pack", answer["result"]["makespan"])


def test_a_finished_schedule_is_downloaded_as_json_and_as_csv(planner: Client) -> None:
    schedule = planner.submit_csv("lots.csv", "lpt-pack")
    activities = planner.completed(schedule)["result"]["activities"]

    as_json = planner.get(f"/api/v1/schedule/{schedule}/export?format=json")
    assert as_json.status_code == 200
    assert find(as_json.json(), "makespan") == pytest.approx(DEFINED["lots.csv"]["lpt-pack"], abs=0.005)

    as_csv = planner.get(f"/api/v1/schedule/{schedule}/export?format=csv")
    assert as_csv.status_code == 200
    assert as_csv.headers["Content-Type"].startswith("text/csv")
    assert as_csv.content.startswith(b"\xef\xbb\xbf"), "spreadsheets need the byte order mark"
    header, *rows = list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    assert len(rows) == len(activities)
    assert all(len(row) == len(header) for row in rows)


def find(document: dict, key: str) -> float | None:
    """The value of `key` wherever the document nests it."""
    if key in document:
        return document[key]
    nested = [find(value, key) for value in document.values() if isinstance(value, dict)]
    found = [value for value in nested if value is not None]
    return found[0] if found else None


def test_a_deleted_schedule_is_gone(planner: Client) -> None:
    schedule = planner.submit_csv("lots.csv", "spt-pack")
    planner.completed(schedule)
    assert planner.delete(f"/api/v1/schedule/{schedule}").status_code == 204
    assert planner.get(f"/api/v1/schedule/{schedule}").status_code == 404
    assert schedule not in [row["id"] for row in planner.get("/api/v1/schedules").json()["schedules"]]


def test_after_logging_out_the_token_opens_nothing(plant: Plant) -> None:
    client = plant.client()
    assert client.get("/api/v1/auth/me").status_code == 200
    assert client.post("/api/v1/auth/logout").status_code == 204
    refused = client.get("/api/v1/schedules")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_account_describes_itself_without_its_hash(plant: Plant) -> None:
    email = plant.fresh_user()
    me = plant.client(email).get("/api/v1/auth/me").json()
    assert me["email"] == email
    assert me["is_active"] is True
    assert me["is_superuser"] is False
    assert set(me) == {"id", "email", "is_active", "is_superuser", "created_at"}


def test_pain_26_a_new_password_ends_every_other_session(plant: Plant) -> None:
    email = plant.fresh_user()
    here, elsewhere = plant.client(email), plant.client(email)
    changed = here.call(
        "PUT",
        "/api/v1/auth/password",
        json={"current_password": PASSWORD, "new_password": "another four lots at noon"},
    )
    assert changed.status_code == 204, changed.text
    assert elsewhere.get("/api/v1/auth/me").status_code == 401
    assert here.try_login(email, PASSWORD).status_code == 401
    assert here.try_login(email, "another four lots at noon").status_code == 200
