"""The faults of the planner that Fillgate follows, by the number that its review gave them: those that concern the gateway.
Each test fails if the fault comes back; the others are tested with the scheduler (`SeedFaultTests.swift`)."""

import json

import pytest

from client import Client
from conftest import PASSWORD, Plant
from stack.polling import eventually
from stack.wire import exchange

SCHEDULER_PATHS = [
    ("GET", "strategies"),
    ("GET", "schedules"),
    ("GET", "schedules/stats"),
    ("POST", "schedule"),
    ("POST", "schedule/validate"),
    ("GET", "configs"),
    ("GET", "config/system/default"),
    ("POST", "compare"),
    ("GET", "comparisons"),
]
# Of the planner's route.
LIMIT = 10 << 20


@pytest.mark.parametrize(("method", "path"), SCHEDULER_PATHS)
def test_seed_fault_3_nothing_of_the_planner_is_told_to_those_who_are_not_logged_in(
    plant: Plant, method: str, path: str
) -> None:
    answer = Client(plant.gateway.url).call(method, f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert "pack" not in answer.text


def test_seed_fault_8_a_failed_login_is_the_same_whether_the_account_exists_or_not(plant: Plant) -> None:
    """What it takes is measured by `ops/timing/run`, because a test asserts nothing on time."""
    email = plant.fresh_user()
    known = Client(plant.gateway.url, "127.0.8.1").try_login(email, "not the password")
    unknown = Client(plant.gateway.url, "127.0.8.2").try_login("nobody@plant.example", "not the password")
    assert known.status_code == unknown.status_code == 401
    told = [{**answer.json(), "request_id": ""} for answer in (known, unknown)]
    assert told[0] == told[1]
    varying = {"date", "x-request-id", "traceparent", "tracestate"}
    fields = [
        {name.lower() for name in answer.headers if name.lower() not in varying} for answer in (known, unknown)
    ]
    assert fields[0] == fields[1]


def test_seed_fault_9_whoever_guesses_is_not_listened_to_after_a_few_times(plant: Plant) -> None:
    email = plant.fresh_user()
    guesser = Client(plant.gateway.url, "127.0.9.1")
    for _ in range(6):
        assert guesser.try_login(email, "not the password").status_code in (401, 429)
    # Even the right password does not help from there, and helps from elsewhere.
    assert guesser.try_login(email, PASSWORD).status_code in (401, 429)
    assert Client(plant.gateway.url, "127.0.9.2").try_login(email, PASSWORD).status_code == 200


def test_seed_fault_17_a_body_beyond_the_limit_of_its_route_never_reaches_the_planner(plant: Plant) -> None:
    client = plant.client()
    at_limit = client.post(
        "/api/v1/schedule/json",
        data=b'{"lots_data":[]}'.ljust(LIMIT),
        headers={"Content-Type": "application/json"},
    )
    assert (at_limit.status_code, at_limit.json()["code"]) == (400, "invalid-input")
    # Refused by its length, before any of it is sent.
    head = (
        f"POST /api/v1/schedule/json HTTP/1.1\r\nHost: plant\r\nAuthorization: Bearer {client.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {LIMIT + 1}\r\nConnection: close\r\n\r\n"
    )
    over = exchange(plant.gateway.port, head.encode())
    assert (over.status, json.loads(over.body)["code"]) == (413, "body-too-large")


def test_seed_fault_23_one_id_of_a_request_is_in_its_answer_and_in_both_logs(plant: Plant) -> None:
    client = plant.client()
    answer = client.get("/api/v1/strategies")
    request_id = answer.headers["X-Request-ID"]
    for program in (plant.gateway.running, plant.scheduler.running):
        eventually(
            f"{program.name} logs {request_id}",
            lambda log=program.log: any(
                request_id in line and "/api/v1/strategies" in line for line in log.read_text().splitlines()
            ),
        )
    for method, path, status in (
        ("GET", "/api/v1/schedule/nowhere", 404),
        ("POST", "/api/v1/schedule", 415),
        ("GET", "/nowhere", 404),
    ):
        refused = client.call(method, path)
        assert refused.status_code == status
        assert refused.headers["X-Request-ID"] == json.loads(refused.text)["request_id"]
