"""What the scheduler refuses, what it tells the caller, and who may see what."""

import pytest

from client import Client
from conftest import Plant
from lots import LOWER_BOUND, STRATEGIES, lots_of

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def planner(plant: Plant) -> Client:
    return plant.client()


def test_an_unknown_strategy_is_refused_at_submission_and_the_known_ones_are_listed(planner: Client) -> None:
    answer = planner.post(
        "/api/v1/schedule", json={"lots_data": lots_of("lots.csv"), "strategy": "magic-pack"}
    )
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith(PROBLEM)
    for strategy in STRATEGIES:
        assert strategy in answer.text


def test_the_exact_strategy_finds_the_shortest_schedule(planner: Client) -> None:
    schedule = planner.submit_lots(lots_of("lots.csv"), "milp-opt")
    result = planner.completed(schedule)["result"]
    assert round(result["makespan"], 2) == LOWER_BOUND["lots.csv"]


def test_every_fault_of_a_file_is_reported_with_its_line(planner: Client) -> None:
    faulty = "Lot ID,Type,Vials\nA1,VialE,100\nA1,VialE,100\nA3,VialE,many\n,VialE,5\n"
    answer = planner.post(
        "/api/v1/schedule",
        files={"csv_file": ("lots.csv", faulty, "text/csv")},
        data={"strategy": "smart-pack"},
    )
    assert answer.status_code == 400
    assert {error["line"] for error in answer.json()["errors"]} == {3, 4, 5}


def test_validation_reports_faults_and_stores_nothing(planner: Client) -> None:
    before = planner.get("/api/v1/schedules").json()["total"]
    good = planner.post("/api/v1/schedule/validate", json={"lots_data": lots_of("lots.csv")})
    assert (good.status_code, good.json()["valid"], good.json()["lots_count"]) == (200, True, 15)
    lots = [
        {"lot_id": "A", "lot_type": "T", "vials": 0},
        {"lot_id": "B", "lot_type": "T", "vials": 100_000_000},
    ]
    bad = planner.post("/api/v1/schedule/validate", json={"lots_data": lots})
    assert bad.json()["valid"] is False
    assert len(bad.json()["errors"]) == 2
    assert planner.get("/api/v1/schedules").json()["total"] == before


def test_a_schedule_is_its_owners_alone(plant: Plant, planner: Client) -> None:
    schedule = planner.submit_csv("lots.csv", "spt-pack")
    planner.completed(schedule)
    stranger = plant.client()
    for path in (f"/api/v1/schedule/{schedule}", f"/api/v1/schedule/{schedule}/export?format=json"):
        assert stranger.get(path).status_code == 404
    assert stranger.delete(f"/api/v1/schedule/{schedule}").status_code == 404
    assert stranger.get("/api/v1/schedules").json()["total"] == 0
    assert planner.get(f"/api/v1/schedule/{schedule}").status_code == 200


def test_the_list_is_paged_and_its_bounds_are_kept(plant: Plant) -> None:
    client = plant.client()
    mine = [client.submit_csv("lots.csv", "spt-pack", name=f"number {number}") for number in range(3)]
    first = client.get("/api/v1/schedules?page=1&page_size=2").json()
    second = client.get("/api/v1/schedules?page=2&page_size=2").json()
    assert (first["total"], first["page"], first["page_size"]) == (3, 1, 2)
    assert {row["id"] for row in first["schedules"] + second["schedules"]} == set(mine)
    for query in ("page=0", "page=1001", "page_size=0", "page_size=51", "page=one"):
        assert client.get(f"/api/v1/schedules?{query}").status_code == 400, query
    for query in ("page=1000", "page_size=50", "page_size=1"):
        assert client.get(f"/api/v1/schedules?{query}").status_code == 200, query


def test_statistics_count_by_status_and_strategy(plant: Plant) -> None:
    client = plant.client()
    for strategy in ("spt-pack", "spt-pack", "lpt-pack"):
        client.completed(client.submit_csv("lots.csv", strategy))
    text = client.get("/api/v1/schedules/stats").text
    assert "spt-pack" in text and "lpt-pack" in text and "completed" in text


def test_the_strategies_are_listed_with_their_aliases(planner: Client) -> None:
    text = planner.get("/api/v1/strategies").text
    for name in STRATEGIES:
        assert f'"{name}"' in text and f'"{name.split("-")[0]}"' in text


def test_the_same_idempotency_key_and_body_make_one_schedule(plant: Plant) -> None:
    client = plant.client()
    body = {"lots_data": lots_of("lots.csv"), "strategy": "spt-pack"}
    key = {"Idempotency-Key": "shift-7-monday"}
    first = client.post("/api/v1/schedule", json=body, headers=key)
    again = client.post("/api/v1/schedule", json=body, headers=key)
    other = client.post("/api/v1/schedule", json={**body, "strategy": "lpt-pack"}, headers=key)
    assert first.json()["id"] == again.json()["id"]
    assert other.status_code == 409
    assert client.get("/api/v1/schedules").json()["total"] == 1
