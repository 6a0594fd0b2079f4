"""What the gateway and systemd say to each other, and the units that come with it."""

import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from client import Client
from stack.polling import eventually
from stack.program import accepts
from stack.rig import Rig

UNITS = Path(__file__).resolve().parents[2] / "ops/systemd"


class Manager:
    """The socket that a service manager would listen on."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self._socket.settimeout(20)

    def next(self) -> dict[str, str]:
        lines = self._socket.recv(4096).decode().split("\n")
        return dict(line.split("=", 1) for line in lines)

    def next_but_alive(self) -> dict[str, str]:
        while (message := self.next()) == {"WATCHDOG": "1"}:
            pass
        return message

    def close(self) -> None:
        self._socket.close()


@pytest.mark.parametrize("is_abstract", [False, True])
def test_the_manager_is_told_of_the_start_a_reload_signs_of_life_and_the_end(
    rig: Rig, is_abstract: bool
) -> None:
    path = str(rig.folder / "notify")
    manager = Manager("@" + path if is_abstract else path)
    gateway = rig.gateway(rig.redis(), {}, [])
    gateway.start(NOTIFY_SOCKET=manager.name, WATCHDOG_USEC="400000")
    assert gateway.program is not None
    ready = manager.next()
    assert ready["READY"] == "1"
    assert str(gateway.port) in ready["STATUS"]
    assert accepts(gateway.port)
    assert manager.next() == {"WATCHDOG": "1"}

    gateway.program.send(signal.SIGHUP)
    reloading = manager.next_but_alive()
    assert reloading["RELOADING"] == "1"
    assert int(reloading["MONOTONIC_USEC"]) > 0
    assert manager.next_but_alive()["READY"] == "1"

    # A reload that is refused ends too.
    gateway.config.write_text("nonsense: 1")
    gateway.program.send(signal.SIGHUP)
    assert manager.next_but_alive()["RELOADING"] == "1"
    assert manager.next_but_alive()["READY"] == "1"

    gateway.program.send(signal.SIGTERM)
    stopping = manager.next_but_alive()
    assert stopping["STOPPING"] == "1"
    assert int(stopping["EXTEND_TIMEOUT_USEC"]) >= 30_000_000
    assert gateway.program.wait() == 0
    manager.close()


def test_the_watchdog_of_another_process_is_not_fed(rig: Rig) -> None:
    manager = Manager(str(rig.folder / "notify"))
    gateway = rig.gateway(rig.redis(), {}, [])
    gateway.start(NOTIFY_SOCKET=manager.name, WATCHDOG_USEC="400000", WATCHDOG_PID="1")
    assert manager.next()["READY"] == "1"
    # Somebody else is watched, so nothing but the end is told.
    assert gateway.program is not None
    gateway.program.send(signal.SIGTERM)
    assert manager.next()["STOPPING"] == "1"
    manager.close()


def test_a_passed_on_socket_is_served_by_address_and_outlives_the_worker(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gateway = rig.gateway(rig.redis(), {}, [], port=listener.getsockname()[1])
        gateway.start(passing=listener)
        assert Client(gateway.url, "127.0.3.4").get("/health").status_code == 200
        eventually(
            "the log has the client's own address",
            lambda: any(line.get("client") == "127.0.3.4" for line in gateway.log_lines()),
        )
        assert gateway.stop() == 0
        # Nobody serves, and still nobody is refused.
        assert accepts(gateway.port)
        gateway.start(passing=listener)
        assert gateway.status("/health") == 200


def test_a_passed_on_socket_is_served_by_name(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gateway = rig.gateway(rig.redis(), {}, [], port=listener.getsockname()[1])
        text = gateway.config.read_text()
        at = f'"address": "127.0.0.1:{gateway.port}"'
        assert at in text
        gateway.config.write_text(text.replace(at, '"address": "127.0.0.1:0", "name": "public"'))
        gateway.start(passing=listener)
        assert gateway.status("/health") == 200


def test_a_passed_on_socket_that_no_listener_stands_for_ends_the_start(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gateway = rig.gateway(rig.redis(), {}, [])
        with pytest.raises(RuntimeError, match="descriptor 3, named 'public', at 127.0.0.1:"):
            gateway.start(passing=listener)
        assert not accepts(gateway.port)


def test_readiness_goes_before_the_listeners_do(rig: Rig) -> None:
    gateway = rig.gateway(rig.redis(), {}, [], **{"drain-delay": "1h"})
    gateway.start()
    gateway.begin_draining()
    eventually("it says that it is not ready", lambda: gateway.status("/ready") == 503)
    assert gateway.status("/ready", gateway.operations_port) == 503
    assert gateway.status("/health") == 200
    # A second signal ends the delay, and there is nothing to cut off.
    gateway.begin_draining()
    assert gateway.program is not None
    assert gateway.program.wait() == 1


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    units = sorted(path for path in UNITS.iterdir() if path.suffix in {".service", ".socket"})
    assert len(units) == 3
    for unit in units:
        # What they start need not be installed here.
        text = unit.read_text().replace("/usr/bin/fillgate", "/bin/true")
        (tmp_path / unit.name).write_text(text.replace("/usr/bin/fillscheduler", "/bin/true"))
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in units)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert str(tmp_path) not in done.stderr, done.stderr
