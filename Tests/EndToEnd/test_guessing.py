"""A guesser with a list and all the time of the world, and the owner of the account meanwhile."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from client import Client
from conftest import PASSWORD
from stack.gateway import Gateway
from stack.relay import Relay
from stack.rig import Rig

VICTIM, PLACE = "victim@plant.example", 1_000
pytestmark = pytest.mark.skipif(not shutil.which("hydra"), reason="hydra is not installed")


def gateway_of(rig: Rig) -> Gateway:
    """Everything as it is by default, but for the limits of the rate: only the locks stand in the way."""
    upstream = rig.recorder()
    routes = [{"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": []}]
    gateway = rig.gateway(rig.redis(), {"recorder": upstream.address}, routes, login={"hash-workers": 2})
    gateway.start(ready=False)
    gateway.add_user(VICTIM, PASSWORD)
    return gateway


def hydra(port: int, folder: Path, place: int, tasks: int) -> subprocess.Popen[str]:
    """Tries passwords in the order of a list that has the right one at `place`."""
    words = [f"wrong password number {number:05}" for number in range(1, PLACE + 1)]
    words[place - 1] = PASSWORD
    listed = folder / f"passwords-{place}"
    listed.write_text("\n".join(words) + "\n")
    form = "/api/v1/auth/login:username=^USER^&password=^PASS^:S=access_token"
    command = ["hydra", "-I", "-f", "-t", str(tasks), "-l", VICTIM, "-P", str(listed), "-s", str(port)]
    return subprocess.Popen(
        [*command, "127.0.0.1", "http-post-form", form],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Its tasks are processes of their own, which outlive it where it is killed.
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str], within: float) -> str:
    """What it says; fails to be of use once `within` seconds are over."""
    try:
        return process.communicate(timeout=within)[0]
    except subprocess.TimeoutExpired:
        return f"hydra still runs after {within:g} s"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_hydra_finds_a_password_that_is_among_the_first_of_its_list(rig: Rig) -> None:
    """Were it to find none at all, the next test would show nothing."""
    gateway = gateway_of(rig)
    with Relay(gateway.port) as relay:
        assert "1 valid password found" in ended(hydra(relay.port, rig.folder, place=3, tasks=1), 120)


def test_pain_14_hydra_does_not_get_in_and_the_owner_does_all_the_while(rig: Rig) -> None:
    gateway = gateway_of(rig)
    # The owner sits behind the same address as the guesser, on a device that is known.
    owner = Client(gateway.url).log_in(VICTIM, PASSWORD)
    found: list[str] = []
    statuses = []
    with Relay(gateway.port) as relay:
        guesser = hydra(relay.port, rig.folder, PLACE, tasks=16)
        waiting = threading.Thread(target=lambda: found.append(ended(guesser, 400)))
        waiting.start()
        while waiting.is_alive():
            statuses.append(owner.try_login(VICTIM, PASSWORD).status_code)
            waiting.join(2)
    assert found and "0 valid password found" in found[0], found
    assert len(set(relay.passwords)) == PLACE and PASSWORD in relay.passwords
    assert len(statuses) > 3
    assert set(statuses) == {200}
    # Whoever has not been here before is not heard from that address, whatever the password.
    assert Client(gateway.url).try_login(VICTIM, PASSWORD).status_code == 401
    evaluated = [line for line in gateway.log_lines() if line.get("reason") == "wrong-password"]
    assert len(evaluated) == 5
    assert gateway.command("unlock", VICTIM).returncode == 0
    assert Client(gateway.url).try_login(VICTIM, PASSWORD).status_code == 200
