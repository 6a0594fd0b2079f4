"""However many gateways share a limit, and whatever their clocks say, together they admit what it allows.

`EXACTNESS_SECONDS=60` makes it the whole minute of the goal; the usual time shows the same sooner.
"""

import os
import socket
import threading
import time
from collections import Counter
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from stack.gateway import Gateway
from stack.rig import Rig
from stack.wire import read_answer

SECONDS = float(os.environ.get("EXACTNESS_SECONDS", "15"))
RATE, BURST = 25, 25
GATEWAYS = 4
TIMES = 20
# Requests that are on their way at once on one connection: so the client is no bottleneck.
BATCH = 10


@pytest.fixture
def gateways(rig: Rig) -> list[Gateway]:
    """Not started."""
    redis, upstream = rig.redis(), rig.recorder()
    limits = [{"name": "narrow", "key": ["ip"], "rate": f"{RATE}/s", "burst": BURST}]
    routes = [{"path": "/open/**", "upstream": "recorder", "require": "anonymous", "limits": ["narrow"]}]
    return [
        rig.gateway(redis, {"recorder": upstream.address}, routes, f"worker{number}", limits=limits)
        for number in range(GATEWAYS)
    ]


class Flood:
    """One connection to each gateway, asking as fast as it is answered."""

    def __init__(self, gateways: list[Gateway]) -> None:
        self._stop = threading.Event()
        self._statuses: list[Counter[int]] = [Counter() for _ in gateways]
        self._faults: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._guarded, args=(gateway.port, counter))
            for gateway, counter in zip(gateways, self._statuses, strict=True)
        ]

    def _guarded(self, port: int, statuses: Counter[int]) -> None:
        try:
            self._ask(port, statuses)
        except BaseException as fault:  # noqa: BLE001 - told by whoever waits
            self._faults.append(fault)

    def _ask(self, port: int, statuses: Counter[int]) -> None:
        request = b"GET /open/page HTTP/1.1\r\nHost: plant\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
            stream = connection.makefile("rb")
            while not self._stop.is_set():
                connection.sendall(request * BATCH)
                for _ in range(BATCH):
                    statuses[read_answer(stream).status] += 1

    def run(self, seconds: float) -> tuple[Counter[int], float, float]:
        """All statuses, and the shortest and the longest that the flood can be said to have lasted."""
        before = time.monotonic()
        for thread in self._threads:
            thread.start()
        while sum(map(len, self._statuses)) < len(self._statuses) and not self._faults:
            time.sleep(0.001)
        begun = time.monotonic()
        self._stop.wait(seconds)
        last = time.monotonic()
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)
        assert not self._faults, self._faults
        return sum(self._statuses, Counter()), last - begun, time.monotonic() - before


def expect_exactness(gateways: list[Gateway], seconds: float) -> None:
    statuses, shortest, longest = Flood(gateways).run(seconds)
    told = f"{dict(statuses)} in {shortest:.3f} to {longest:.3f} s"
    assert set(statuses) == {200, 429}, told
    # Fewer requests would show less.
    assert sum(statuses.values()) >= TIMES * RATE * shortest, told
    assert statuses[200] <= BURST + RATE * longest, told
    assert statuses[200] >= 0.99 * (BURST + RATE * shortest), told


def test_four_gateways_admit_together_exactly_what_one_limit_allows(
    gateways: list[Gateway],
) -> None:
    for gateway in gateways:
        gateway.start()
    expect_exactness(gateways, SECONDS)


def seconds_apart(first: Gateway, second: Gateway) -> float:
    """How far the two clocks are apart, by what the gateways say."""

    def now(gateway: Gateway) -> float:
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=15) as connection:
            connection.sendall(b"GET /nowhere HTTP/1.1\r\nHost: plant\r\n\r\n")
            answer = read_answer(connection.makefile("rb"))
        return parsedate_to_datetime(answer.headers["date"]).timestamp()

    return now(second) - now(first)


# The library alone: the command of the same name is a process in between, which ends without its child.
FAKE_CLOCKS = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@pytest.mark.skipif(not FAKE_CLOCKS, reason="needs Debian's faketime; ops/install has it")
def test_pain_6_gateways_whose_clocks_are_minutes_apart_admit_no_more_and_no_less(
    gateways: list[Gateway],
) -> None:
    # The clock that deadlines are kept by goes as it does on any machine whose time is wrong.
    true_pace = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
    for number, gateway in enumerate(gateways):
        offset = (number - 1) * 300
        gateway.start(LD_PRELOAD=str(FAKE_CLOCKS[0]), FAKETIME=f"{offset:+d}s", **true_pace)
    assert abs(seconds_apart(gateways[0], gateways[3]) - 900) < 30
    expect_exactness(gateways, SECONDS)
