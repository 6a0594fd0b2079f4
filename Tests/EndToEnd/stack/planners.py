"""Planners who submit to a scheduler and remember what they were promised."""

import http.client
import json
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

from .assertion import HEADER, Signer
from .polling import eventually
from .scheduler import Scheduler
from .threads import Threads

LOTS = [
    {"lot_id": f"L{number}", "lot_type": f"T{number % 3}", "vials": 20_000 + number * 7_919 % 400_000}
    for number in range(20)
]


class Caller:
    """One user on one connection, which is opened again when it is lost."""

    def __init__(self, scheduler: Scheduler, signer: Signer, user: str = "anna", roles: tuple[str, ...] = ("user",)):
        self._port = scheduler.port
        self._signer = signer
        self._user = user
        self._roles = list(roles)
        self._token = ""
        self._renewed = 0.0
        self._connection: http.client.HTTPConnection | None = None

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The status and the JSON of the answer; raises where there is none."""
        if time.monotonic() - self._renewed > 10:
            self._token = self._signer.token(sub=self._user, roles=self._roles)
            self._renewed = time.monotonic()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            content = None if body is None else json.dumps(body)
            told = {HEADER: self._token, "Content-Type": "application/json", **headers}
            self._connection.request(method, path, content, told)
            answer = self._connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


@dataclass
class Promises:
    """What the scheduler has accepted: by idempotency key, the schedule of its 202."""

    kept: dict[str, str] = field(default_factory=dict)
    # Schedules of one key beyond the first: there must be none.
    doubled: list[tuple[str, str]] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    # Seconds from when a submission was due to its 202.
    latencies: list[float] = field(default_factory=list)


class Planners(Threads):
    """Threads that submit together `rate` schedules a second, each at its time and not when the one before it was
    answered; a context manager. A submission that got no answer is sent again with the same key until it has one."""

    def __init__(self, scheduler: Scheduler, signer: Signer, rate: float, threads: int = 16, owners: int = 8):
        super().__init__(threads)
        self._scheduler = scheduler
        self._signer = signer
        self._rate = rate
        self._pause = threads / rate
        self._owners = owners
        self.promises = Promises()

    def __enter__(self) -> Self:
        self._begin = time.monotonic()
        return super().__enter__()

    @property
    def accepted(self) -> int:
        with self._lock:
            return len(self.promises.kept)

    def _run(self, number: int) -> None:
        caller = Caller(self._scheduler, self._signer, f"user-{number % self._owners}")
        due = self._begin + number / self._rate
        while not self._is_over.is_set():
            if (rest := due - time.monotonic()) > 0:
                self._is_over.wait(rest)
                continue
            self._submit(caller, due)
            due += self._pause
        caller.close()

    def _submit(self, caller: Caller, due: float) -> None:
        key = str(uuid.uuid4())
        body = {"lots_data": LOTS, "strategy": "lpt-pack"}
        # Also when it is over: whoever got no answer wants to know.
        for _ in range(600):
            try:
                status, answer = caller.call("POST", "/api/v1/schedule", body, **{"Idempotency-Key": key})
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)
                continue
            with self._lock:
                if status != 202:
                    self.promises.refused[status] += 1
                    return
                self.promises.latencies.append(time.monotonic() - due)
                earlier = self.promises.kept.setdefault(key, answer["id"])
                if earlier != answer["id"]:
                    self.promises.doubled.append((earlier, answer["id"]))
            return
        raise AssertionError("a submission was never answered")


def check_promises(scheduler: Scheduler, signer: Signer, promises: Promises, within: float) -> Counter[str]:
    """Waits until nothing is under way, and checks that each 202 was kept once: completed with a result, or failed
    with a reason. How many ended how."""
    administrator = Caller(scheduler, signer, "root", roles=("admin",))

    def statistics() -> dict[str, Any]:
        status, answer = administrator.call("GET", "/api/v1/schedules/stats")
        assert status == 200, answer
        return answer

    def is_done() -> bool:
        counts = statistics()["by_status"]
        return counts["pending"] == counts["running"] == 0

    eventually("everything is planned", is_done, within, every=0.2)
    assert not promises.doubled, promises.doubled
    endings: Counter[str] = Counter()
    for schedule in promises.kept.values():
        status, found = administrator.call("GET", f"/api/v1/schedule/{schedule}")
        assert status == 200, f"{schedule} was promised and is not there: {found}"
        endings[found["status"]] += 1
        if found["status"] == "completed":
            assert found["result"]["lots_scheduled"] == len(LOTS), found
        else:
            assert found["status"] == "failed" and found["error"]["code"], found
    assert statistics()["total"] == len(set(promises.kept.values())), "there are schedules that nobody asked for"
    administrator.close()
    return endings
