"""A scheduler that is killed in the middle of its work loses none of it."""

import random
import time

from client import Client
from conftest import PASSWORD
from lots import check_makespan, lots_of
from stack.assertion import Signer
from stack.planners import Planners, check_promises
from stack.polling import eventually
from stack.rig import Rig

ALICE = "alice@plant.example"
# A claimed job is taken up again when its lease of 15 s is over.
RESUMED = 120.0


def count(client: Client, status: str) -> int:
    return client.get(f"/api/v1/schedules?status={status}").json()["total"]


def test_a_scheduler_killed_in_the_middle_of_a_job_loses_nothing(rig: Rig) -> None:
    _, scheduler, gateway = rig.plant()
    gateway.add_user(ALICE, PASSWORD)
    client = Client(gateway.url).log_in(ALICE, PASSWORD)
    finished = client.submit_csv("lots.csv", "spt-pack")
    client.completed(finished)

    strategies = ["hybrid-pack", "smart-pack"] * 4 + ["spt-pack"]
    accepted = {client.submit_csv("lots_large.csv", strategy): strategy for strategy in strategies}
    eventually("a job is under way", lambda: count(client, "running") > 0, every=0.002)
    scheduler.kill()
    scheduler.start()

    for schedule, strategy in accepted.items():
        result = client.completed(schedule, RESUMED)["result"]
        check_makespan("lots_large.csv", strategy, result["makespan"])
        assert result["lots_scheduled"] == len(lots_of("lots_large.csv"))
    check_makespan("lots.csv", "spt-pack", client.completed(finished)["result"]["makespan"])
    assert count(client, "completed") == len(accepted) + 1


def test_while_the_scheduler_is_down_callers_hear_of_it_and_stay_logged_in(rig: Rig) -> None:
    _, scheduler, gateway = rig.plant()
    gateway.add_user(ALICE, PASSWORD)
    client = Client(gateway.url).log_in(ALICE, PASSWORD)
    scheduler.kill()
    assert client.get("/api/v1/schedules").status_code in (502, 503)
    assert client.get("/api/v1/auth/me").status_code == 200
    scheduler.start()
    eventually("it is served again", lambda: client.get("/api/v1/schedules").status_code == 200)


def test_a_scheduler_killed_at_random_moments_keeps_every_promise_once(rig: Rig) -> None:
    """`ops/load/jobs` does the same 50 times."""
    signer = Signer()
    keys = rig.folder / "keys.json"
    keys.write_text(signer.key_set())
    scheduler = rig.scheduler(str(keys), options=["--lease", "1"]).start()
    with Planners(scheduler, signer, rate=40) as planners:
        for _ in range(5):
            before = planners.accepted
            eventually("more is accepted", lambda least=before: planners.accepted > least + 10)
            time.sleep(random.uniform(0, 0.3))
            scheduler.kill()
            scheduler.start()
    endings = check_promises(scheduler, signer, planners.promises, RESUMED)
    assert endings["completed"] > 50, endings
    assert not planners.promises.refused, planners.promises.refused
