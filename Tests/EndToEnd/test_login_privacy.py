"""Nobody learns from an answer which accounts exist."""

from client import Client
from conftest import PASSWORD, Recording
from shapes import shape

WRONG = "surely not the password"


def test_a_locked_account_answers_as_an_unknown_one_does(recording: Recording, address: str) -> None:
    gateway = recording.gateway
    gateway.add_user("locked@plant.example", PASSWORD)
    gateway.add_user("disabled@plant.example", PASSWORD)
    assert gateway.command("user", "disable", "disabled@plant.example").returncode == 0
    client = Client(gateway.url, address)
    first_wrong = client.try_login("locked@plant.example", WRONG)
    for _ in range(4):
        client.try_login("locked@plant.example", WRONG)
    shapes = {
        "wrong password": shape(first_wrong),
        "locked, right password": shape(client.try_login("locked@plant.example", PASSWORD)),
        "disabled, right password": shape(client.try_login("disabled@plant.example", PASSWORD)),
        "unknown": shape(client.try_login("nobody@plant.example", PASSWORD)),
    }
    assert shapes["unknown"][0] == 401
    for what, seen in shapes.items():
        assert seen == shapes["unknown"], what
    assert "locked@plant.example" in gateway.command("lockouts").stdout


def test_pain_18_an_unknown_account_is_locked_as_a_known_one_is(recording: Recording, address: str) -> None:
    client = Client(recording.gateway.url, address)
    for _ in range(6):
        assert client.try_login("ghost@plant.example", WRONG).status_code == 401
    assert "ghost@plant.example" in recording.gateway.command("lockouts").stdout


def test_pain_14_an_attacker_elsewhere_cannot_lock_the_owner_out(recording: Recording, address: str) -> None:
    recording.gateway.add_user("victim@plant.example", PASSWORD)
    attacker, owner = Client(recording.gateway.url, address), Client(recording.gateway.url, "127.0.99.1")
    for _ in range(8):
        attacker.try_login("victim@plant.example", WRONG)
    assert attacker.try_login("victim@plant.example", PASSWORD).status_code == 401
    assert owner.try_login("victim@plant.example", PASSWORD).status_code == 200


def test_pain_17_an_empty_name_is_refused_before_it_counts(recording: Recording, address: str) -> None:
    client = Client(recording.gateway.url, address)
    for _ in range(25):
        assert client.try_login("", WRONG).status_code in (400, 401, 422)
    assert address not in recording.gateway.command("lockouts").stdout
