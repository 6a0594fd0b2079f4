"""Workers are replaced one by one while clients ask on, and no request is lost."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stack.rig import Rig
from stack.rolling import Outcome, roll


def test_two_workers_that_share_a_socket_are_replaced_without_losing_a_request(rig: Rig) -> None:
    outcome = roll(rig, shared=True, clients=24, requests=None)
    assert outcome.lost == {}
    assert outcome.exits == [0, 0, 0, 0]
    assert outcome.closed > 0
    assert outcome.answered == outcome.recorded


def test_new_connections_to_a_shared_socket_lose_no_request_either(rig: Rig) -> None:
    outcome = roll(rig, shared=True, clients=16, requests=5)
    assert outcome.lost == {}
    assert outcome.exits == [0, 0, 0, 0]
    assert outcome.answered == outcome.recorded


def test_two_workers_on_a_reused_port_are_replaced_without_losing_a_kept_connection_s_request(
    rig: Rig,
) -> None:
    outcome = roll(rig, shared=False, clients=24, requests=None)
    print(f"reuse-port: {outcome}")
    # A connection that the kernel gives to a socket at the moment in which that is closed is reset.
    assert outcome.lost_on("kept") == 0
    assert outcome.lost_on("answer") == 0
    assert outcome.exits == [0, 0, 0, 0]


def _migrating() -> Outcome:
    script = (
        "ip link set lo up && sysctl -qw net.ipv4.tcp_migrate_req=1 "
        f"&& exec {sys.executable} -m stack.rolling"
    )
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Outcome(**json.loads(done.stdout))


def _can_unshare() -> bool:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        return False
    script = "ip link set lo up && sysctl -qw net.ipv4.tcp_migrate_req=1"
    tried = subprocess.run(["unshare", "--net", "sh", "-c", script], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.skipif(not _can_unshare(), reason="needs root, iproute2 and a kernel with tcp_migrate_req")
def test_a_reused_port_with_tcp_migrate_req_loses_no_new_connection_either() -> None:
    outcome = _migrating()
    print(f"reuse-port with tcp_migrate_req: {outcome}")
    assert outcome.lost == {}
    assert outcome.exits == [0, 0, 0, 0]
