"""A schedule watched through the gateway, from its submission to its end."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from client import Client
from conftest import Plant


@pytest.fixture(scope="module")
def planner(plant: Plant) -> Client:
    return plant.client()


def events(planner: Client, schedule: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and data of each event, as they come."""
    answer = planner.get(f"/api/v1/schedule/{schedule}/events", stream=True)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert "Content-Length" not in answer.headers
    name, data = "", ""
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
        elif not line and data:
            yield name, json.loads(data)
            name, data = "", ""


def test_the_stream_tells_each_state_and_ends_when_the_schedule_is_completed(planner: Client) -> None:
    schedule = planner.submit_csv("lots.csv", "milp-opt")
    told = list(events(planner, schedule))
    assert told[0][0] == "status"
    assert told[-1] == ("end", {"reason": "finished"})
    states = [data for name, data in told[:-1]]
    assert states[-1]["status"] == "completed"
    assert states[-1]["progress"] == 1
    order = ["pending", "running", "completed"]
    places = [order.index(state["status"]) for state in states]
    assert places == sorted(places)
    result = planner.completed(schedule)["result"]
    assert states[-1]["best_makespan"] == pytest.approx(result["makespan"])
    # Whoever comes back with the last state is told that there is no more.
    again = planner.get(
        f"/api/v1/schedule/{schedule}/events", headers={"Last-Event-ID": str(states[-1]["version"])}
    )
    assert again.status_code == 204


def test_progress_comes_while_the_search_goes_on_and_a_cancellation_ends_the_stream(planner: Client) -> None:
    schedule = planner.submit_csv("lots_large.csv", "milp-opt")
    seen: list[dict[str, Any]] = []
    cancelled = False
    for name, data in events(planner, schedule):
        if name == "end":
            assert data == {"reason": "finished"}
            break
        seen.append(data)
        # The search itself takes much longer than a test may: what came, came while it was going on.
        if not cancelled and name == "progress" and data["best_makespan"] and data["bound"]:
            assert 0 < data["bound"] <= data["best_makespan"]
            assert planner.post(f"/api/v1/schedule/{schedule}/cancel").status_code == 200
            cancelled = True
    assert cancelled
    assert seen[-1]["status"] == "cancelled"


def test_the_stream_of_a_schedule_of_somebody_else_is_not_there(plant: Plant, planner: Client) -> None:
    schedule = planner.submit_csv("lots.csv", "lpt-pack")
    refused = plant.client().get(f"/api/v1/schedule/{schedule}/events")
    assert refused.status_code == 404
    assert refused.json()["code"] == "schedule-not-found"
