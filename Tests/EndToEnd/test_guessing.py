"""A guesser with a list and all the time of the world, and the owner of the account meanwhile."""

import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from client import Client
from conftest import PASSWORD
from stack.gateway import Gateway
from stack.rig import Rig

VICTIM, PLACE = "victim@plant.example", 1_000
HYDRA = shutil.which("hydra")


def gateway_of(rig: Rig) -> Gateway:
    """Everything as it is by default, but for the limits of the rate: only the locks stand in the way."""
    upstream = rig.recorder()
    routes = [{"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": []}]
    gateway = rig.gateway(rig.redis(), {"recorder": upstream.address}, routes)
    gateway.start(ready=False)
    gateway.add_user(VICTIM, PASSWORD)
    return gateway


def hydra(gateway: Gateway, folder: Path, place: int) -> subprocess.Popen[str]:
    """Tries passwords in the order of a list that has the right one at `place`."""
    words = [f"wrong password number {number:05}" for number in range(1, PLACE + 1)]
    words[place - 1] = PASSWORD
    listed = folder / f"passwords-{place}"
    listed.write_text("\n".join(words) + "\n")
    form = "/api/v1/auth/login:username=^USER^&password=^PASS^:S=access_token"
    command = ["hydra", "-I", "-f", "-t", "4", "-l", VICTIM, "-P", listed, "-s", str(gateway.port)]
    return subprocess.Popen(
        [*map(str, command), "127.0.0.1", "http-post-form", form],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen[str], within: float) -> str:
    try:
        return process.communicate(timeout=within)[0]
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(not HYDRA, reason="hydra is not installed")
def test_hydra_finds_a_password_that_is_among_the_first_of_its_list(rig: Rig) -> None:
    """Were it to find none at all, the next test would show nothing."""
    assert "1 valid password found" in ended(hydra(gateway_of(rig), rig.folder, place=2), 120)


@pytest.mark.skipif(not HYDRA, reason="hydra is not installed")
def test_pain_14_hydra_does_not_get_in_and_the_owner_does_all_the_while(rig: Rig) -> None:
    gateway = gateway_of(rig)
    # The owner sits behind the same address as the guesser, on a device that is known.
    owner = Client(gateway.url).log_in(VICTIM, PASSWORD)
    guesser = hydra(gateway, rig.folder, PLACE)
    found: list[str] = []
    waiting = threading.Thread(target=lambda: found.append(ended(guesser, 400)))
    waiting.start()
    statuses = []
    while waiting.is_alive():
        statuses.append(owner.try_login(VICTIM, PASSWORD).status_code)
        waiting.join(0.5)
    assert "0 valid password found" in found[0], found[0]
    assert f"{PLACE} login tries" in found[0], found[0]
    assert len(statuses) > 5
    assert set(statuses) == {200}
    # Whoever has not been here before is not heard from that address, whatever the password.
    assert Client(gateway.url).try_login(VICTIM, PASSWORD).status_code == 401
    evaluated = [line for line in gateway.log_lines() if line.get("reason") == "wrong-password"]
    assert len(evaluated) <= 10
    assert gateway.command("unlock", VICTIM).returncode == 0
    assert gateway.command("unlock", "--ip", "127.0.0.1").returncode == 0
    assert Client(gateway.url).try_login(VICTIM, PASSWORD).status_code == 200
