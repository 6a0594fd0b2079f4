"""Part `guessing`: what others notice while many guess passwords."""

import asyncio
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from goals import Goal, at_most
from measure import at_constant_rate
from peers import NGINX
from processors import COUNT
from stage import FULL, Stage, say

GUESSERS, RATE = 200, 1_000
NOBODY, LOOP, MANY = "nobody guesses", "a loop of the lowest priority runs", f"{GUESSERS} guess"


def run(stage: Stage) -> list[Goal]:
    everywhere = f"0-{COUNT - 1}"
    p99: dict[tuple[str, str], list[int]] = {}
    # Not pinned: the threads that hash are meant to be where the event loop is not.
    with stage.gateway("guessed", processors=everywhere, connections={"per-address": 512}) as gateway:
        target, nginx = stage.target(FULL, gateway), stage.peer(NGINX)
        cases = [(target, NOBODY), (target, LOOP), (target, MANY), (nginx, NOBODY), (nginx, LOOP)]
        for number in range(max(3, stage.rounds)):
            for asked, meanwhile in cases:
                with busy(meanwhile, gateway.port) as told:
                    found = at_constant_rate(
                        asked, stage.folder, RATE, max(stage.seconds, 3), processors=everywhere
                    )
                p99.setdefault((asked.name, meanwhile), []).append(found["p99"])
                say(f"round {number + 1}: {asked.name} p99 {found['p99']} µs, {meanwhile} {told or ''}")
    without, beside, among, nginx_without, nginx_beside = (median(times) for times in p99.values())
    remark = f"{without / 1000:.2f} ms and {among / 1000:.2f} ms at {RATE:,} requests/s"
    # What no gateway has a part in: that a processor is not idle when somebody wants it.
    remark += f"; {beside / 1000:.2f} ms beside a mere loop of the lowest priority, where nginx"
    remark += f" has {nginx_beside / 1000:.2f} ms instead of {nginx_without / 1000:.2f} ms"
    what = f"proxied p99 while {GUESSERS} clients guess passwords"
    return [at_most(what, among / without, 1.5, "{:.2f} × without them", remark)]


@contextmanager
def busy(meanwhile: str, port: int) -> Iterator[dict[int, int]]:
    """Keeps the machine busy in that manner; afterwards the answer holds how often guessers were told each status."""
    told: dict[int, int] = {}
    if meanwhile == MANY:
        guessers = Guessers(port)
        try:
            yield told
        finally:
            told |= guessers.stop()
    elif meanwhile == LOOP:
        with subprocess.Popen(["chrt", "--idle", "0", "sh", "-c", "while :; do :; done"]) as loop:
            try:
                yield told
            finally:
                loop.kill()
    else:
        yield told


class Guessers:
    """Clients with an address and an account each, who guess as fast as they are let: at once after a wrong
    guess, and after `Retry-After` where they are told to wait."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._is_over = False
        self._told: dict[int, int] = {}
        self._begun = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        if not self._begun.wait(30):
            raise RuntimeError("nobody who guesses passwords has been answered")

    def stop(self) -> dict[int, int]:
        """How often each status was told."""
        self._is_over = True
        self._thread.join(30)
        if not self._told.get(401):
            raise RuntimeError(f"no guess was evaluated: {self._told}")
        return self._told

    async def _run(self) -> None:
        # They are somewhere else in the world: here they get the processor time that nobody wants. 0 is this thread.
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        await asyncio.gather(*(self._guess(number) for number in range(GUESSERS)))

    async def _guess(self, number: int) -> None:
        body = json.dumps({"email": f"victim{number}@plant.example", "password": "not this one, but long"})
        head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: plant.example\r\nContent-Type: application/json\r\n"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(f"127.0.2.{number + 1}", 0)
        )
        while not self._is_over:
            writer.write(request)
            answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = dict(line.lower().split(": ", 1) for line in answer.split("\r\n")[1:-2])
            await reader.readexactly(int(fields["content-length"]))
            status = int(answer.split()[1])
            self._told[status] = self._told.get(status, 0) + 1
            self._begun.set()
            wait = float(fields.get("retry-after", 0))
            while wait > 0 and not self._is_over:
                await asyncio.sleep(min(wait, 0.1))
                wait -= 0.1
        writer.close()
