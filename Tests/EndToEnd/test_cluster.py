"""A Redis Cluster is resharded and fails over under load: pains 3, 4 and 7."""

from client import Client
from conftest import PASSWORD
from redis_moves import guarded, under_load
from stack.rig import Rig

ALICE = "alice@plant.example"


def test_resharding_under_load_loses_no_session(rig: Rig) -> None:
    cluster = rig.cluster()
    gateway = guarded(rig, cluster)
    with under_load(gateway, cluster.until_replicated) as keepers:
        for slot, owner in cluster.slots_in_use():
            cluster.move(slot, owner, (owner + 1) % 3)
    answered = sum(keeper.told[200] for keeper in keepers)
    assert sum(keeper.told.total() for keeper in keepers) - answered <= answered / 10


def test_pain_4_a_primary_killed_under_load_loses_no_session(rig: Rig) -> None:
    cluster = rig.cluster()
    gateway = guarded(rig, cluster)
    with under_load(gateway, cluster.until_replicated) as keepers:
        cluster.primaries[0].kill()
        for keeper in keepers:
            keeper.hears(200)
        rig.until_primary(cluster.replicas[0])


def test_pain_7_everything_that_an_operator_does_works_on_a_cluster(rig: Rig) -> None:
    cluster = rig.cluster()
    gateway = guarded(rig, cluster, deadline="1s")
    gateway.add_user(ALICE, PASSWORD)
    client = Client(gateway.url).log_in(ALICE, PASSWORD)
    for _ in range(3):
        assert client.try_login(ALICE, "four wrong lots and no breakfast").status_code == 401
    for words in [
        ("user", "list", "--json"),
        ("user", "show", ALICE),
        ("sessions", "list", ALICE, "--json"),
        ("lockouts", "--json"),
        ("limits", "show", "127.0.0.1", "--json"),
        ("unlock", ALICE),
        ("unlock", "--all"),
    ]:
        done = gateway.command(*words)
        assert done.returncode == 0, (words, done.stderr, done.stdout)
    doctor = gateway.command("doctor").stdout
    assert "3 primaries have all slots" in doctor, doctor
    assert gateway.command("sessions", "revoke", ALICE, "--all").returncode == 0
    assert client.get("/mine/page").status_code == 401
