"""Part `guessing`: what others notice while many guess passwords."""

import asyncio
import json
import os
import threading
from statistics import median

from goals import Goal, at_most
from measure import at_constant_rate
from processors import COUNT
from stage import FULL, Stage, say

GUESSERS, RATE = 200, 1_000


def run(stage: Stage) -> list[Goal]:
    everywhere = f"0-{COUNT - 1}"
    p99: dict[bool, list[int]] = {False: [], True: []}
    # Not pinned: the threads that hash are meant to be where the event loop is not.
    with stage.gateway("guessed", processors=everywhere, connections={"per-address": 512}) as gateway:
        target = stage.target(FULL, gateway)
        for number in range(max(3, stage.rounds)):
            for guessed in (False, True):
                guessers = Guessers(gateway.port) if guessed else None
                try:
                    found = at_constant_rate(
                        target, stage.folder, RATE, max(stage.seconds, 3), processors=everywhere
                    )
                finally:
                    told = guessers.stop() if guessers else {}
                p99[guessed].append(found["p99"])
                what = f"{GUESSERS} guess, told {told}" if guessed else "nobody guesses"
                say(f"round {number + 1}: p99 {found['p99']} µs, {what}")
    without, among = median(p99[False]), median(p99[True])
    remark = f"{without / 1000:.2f} ms and {among / 1000:.2f} ms at {RATE:,} requests/s"
    what = f"proxied p99 while {GUESSERS} clients guess passwords"
    return [at_most(what, among / without, 1.5, "{:.2f} × without them", remark)]


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
