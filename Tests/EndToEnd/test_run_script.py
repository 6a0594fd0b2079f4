"""`ops/run`: starts, stops, starts again, and says what is wrong."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from client import Client
from ops_run import OpsRun, pretend_checkout
from stack.polling import eventually
from stack.rig import Rig

ADMIN, PLANNER = "admin@localhost", "planner@localhost"


@pytest.fixture
def checkout(rig: Rig) -> Path:
    return pretend_checkout(rig.folder)


@pytest.fixture
def run(checkout: Path, rig: Rig) -> Iterator[OpsRun]:
    run = OpsRun(checkout, rig.folder)
    yield run
    if run.program:
        run.program.stop()


def test_everything_is_found_again_after_a_restart(run: OpsRun) -> None:
    run.start("--demo").until_ready()
    assert oct((run.state / "admin-password").stat().st_mode & 0o777) == "0o600"
    assert run.password() not in run.output
    client = Client(run.url).log_in(ADMIN, run.password())
    schedule = client.submit_csv("lots.csv", "spt-pack")
    before = client.completed(schedule)["result"]
    new = "chosen by the administrator"
    changed = client.call(
        "PUT", "/api/v1/auth/password", json={"current_password": run.password(), "new_password": new}
    )
    assert changed.status_code == 204
    client.log_in(ADMIN, new)

    assert run.program is not None
    run.program.send(signal.SIGTERM)
    assert run.program.wait() == 0
    assert not run.processes()

    run.start().until_ready()
    assert client.get(f"/api/v1/schedule/{schedule}").json()["result"] == before
    assert Client(run.url).try_login(ADMIN, new).status_code == 200


def test_the_demonstration_has_a_second_user_with_a_schedule_once(run: OpsRun) -> None:
    run.start("--demo").until_ready()
    planner = Client(run.url).log_in(PLANNER, run.password("planner"))
    [schedule] = planner.get("/api/v1/schedules").json()["schedules"]
    planner.completed(schedule["id"])
    assert run.program is not None
    assert run.program.stop() == 0
    run.start("--demo").until_ready()
    assert planner.get("/api/v1/schedules").json()["total"] == 1


def test_ctrl_c_stops_everything(run: OpsRun) -> None:
    run.start().until_ready()
    assert {"redis-server", "fillgate", "fillscheduler"} <= set(run.processes())
    assert run.program is not None
    os.killpg(run.program.pid, signal.SIGINT)
    assert run.program.wait() == 0
    assert not run.processes()


def test_a_killed_script_leaves_no_server_behind(run: OpsRun) -> None:
    run.start().until_ready()
    assert run.program is not None
    run.program.kill()
    eventually("every server has ended", lambda: not run.processes(), 40)


@pytest.mark.parametrize("victim", ["fillscheduler", "fillgate", "redis-server"])
def test_when_a_server_dies_the_script_says_which_and_stops_the_rest(run: OpsRun, victim: str) -> None:
    run.start().until_ready()
    os.kill(run.processes()[victim], signal.SIGKILL)
    assert run.program is not None
    assert run.program.wait() == 1
    name = {"fillscheduler": "scheduler", "fillgate": "gateway", "redis-server": "redis"}[victim]
    assert f"run: {name} ended by itself (exit 137)" in run.output
    assert not run.processes()


def test_a_taken_port_is_named(run: OpsRun) -> None:
    with socket.create_server(("127.0.0.1", run.port)):
        run.start()
        assert run.program is not None
        assert run.program.wait() == 1
    assert f"port {run.port} on 127.0.0.1 is taken" in run.output
    assert not run.processes()


def test_two_runs_do_not_share_a_state(run: OpsRun, checkout: Path, rig: Rig) -> None:
    run.start().until_ready()
    second = OpsRun(checkout, rig.folder, name="second").start()
    assert second.program is not None
    assert second.program.wait() == 1
    assert "another run is using" in second.output
    assert Client(run.url).get("/health").status_code == 200


def test_without_a_toolchain_the_script_says_where_to_get_one(run: OpsRun) -> None:
    run.start(build=True, path="/usr/bin:/bin:/usr/sbin:/sbin")
    assert run.program is not None
    assert run.program.wait() == 1
    assert "https://www.swift.org/install" in run.output


@pytest.mark.parametrize("wrong", ["--port 0", "--port 65535", "--port http", "--all"])
def test_a_wrong_option_is_refused(run: OpsRun, wrong: str) -> None:
    run.start(*wrong.split())
    assert run.program is not None
    assert run.program.wait() in (1, 2)
    assert "--port" in run.output
    assert not run.state.exists()
