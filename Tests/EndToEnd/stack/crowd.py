"""Many clients at once on connections that they keep, who count what they send and what they are told."""

import asyncio
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from .polling import eventually


@dataclass(frozen=True)
class Told:
    """One whole answer. `code` is the problem's word, empty where there is no problem document."""

    status: int
    code: str
    seconds: float


@dataclass
class Crowd:
    """`clients` clients who ask for `path`, each one request after the other, while the context lasts. Every
    other one of them posts a few bytes, which no gateway may do twice.

    An answer that breaks off, that does not come within `patience`, or that nobody asked for is a fault of
    the gateway, whatever is wrong behind it, and ends up in `broken`.
    """

    port: int
    path: str
    token: str = ""
    clients: int = 32
    patience: float = 10.0
    # Between an answer and the next request, so that the clients leave processor time for the others.
    pause: float = 0.005
    address: str = "127.0.0.1"
    sent: int = 0
    told: list[Told] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def __enter__(self) -> "Crowd":
        self._is_over = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask_all()), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._is_over = True
        self._thread.join(self.patience + 10)

    # What they were told

    def hears(self, *statuses: int, within: float = 15.0) -> None:
        """Waits until as many answers of these statuses as there are clients have come from now on."""
        start = len(self.told)

        def enough() -> bool:
            return sum(answer.status in statuses for answer in self.told[start:]) >= self.clients

        eventually(f"the crowd is told {statuses}", enough, within)

    def settles_on(self, *statuses: int, within: float = 20.0) -> None:
        """Waits until the last answers, several for each client, all have one of these statuses."""
        start = len(self.told)
        window = 3 * self.clients

        def settled() -> bool:
            last = self.told[start:][-window:]
            return len(last) == window and all(answer.status in statuses for answer in last)

        eventually(f"the crowd is told nothing but {statuses}", settled, within)

    def summary(self, start: int = 0) -> dict[str, int]:
        """How often each status, with its code, was told from answer number `start` on."""
        words = (f"{answer.status} {answer.code}".strip() for answer in self.told[start:])
        return dict(Counter(words))

    def assert_each_request_got_one_answer(self) -> None:
        assert not self.broken, f"{len(self.broken)} of {self.sent}: {self.broken[:5]}"
        assert self.sent == len(self.told) > 0

    # How they ask

    async def _ask_all(self) -> None:
        await asyncio.gather(*(self._ask(number) for number in range(self.clients)))

    async def _ask(self, number: int) -> None:
        stream = None
        while not self._is_over:
            begin = time.monotonic()
            self.sent += 1
            try:
                async with asyncio.timeout(self.patience):
                    stream = stream or await asyncio.open_connection(
                        "127.0.0.1", self.port, local_addr=(self.address, 0)
                    )
                    stream = await self._exchange(stream, begin, posts=number % 2 == 1)
            except (OSError, EOFError, ValueError, TimeoutError) as fault:
                self.broken.append(f"client {number}: {type(fault).__name__} {fault}")
                if stream:
                    stream[1].close()
                stream = None
            await asyncio.sleep(self.pause)
        if stream:
            await self._leave(number, *stream)

    async def _exchange(
        self, stream: tuple[asyncio.StreamReader, asyncio.StreamWriter], begin: float, posts: bool
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """One request and its answer; the connection, if it goes on."""
        reader, writer = stream
        bearer = f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        method, rest = ("POST", "Content-Length: 5\r\n\r\nvials") if posts else ("GET", "\r\n")
        writer.write(f"{method} {self.path} HTTP/1.1\r\nHost: plant\r\n{bearer}{rest}".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        version, status = head.split(" ", 2)[:2]
        if version != "HTTP/1.1":
            raise ValueError(f"not an answer: {head!r}")
        lines = [line.partition(":") for line in head.split("\r\n")[1:-2]]
        fields = {name.lower(): value.strip() for name, _, value in lines}
        body = await reader.readexactly(int(fields["content-length"]))
        is_problem = fields.get("content-type", "").startswith("application/problem+json")
        code = json.loads(body)["code"] if is_problem else ""
        if not is_problem and int(status) == 200 and body.decode() != self.path:
            raise ValueError(f"the answer to another request: {body!r}")
        self.told.append(Told(int(status), code, time.monotonic() - begin))
        if fields.get("connection", "").lower() != "close":
            return stream
        await self._leave(0, reader, writer)
        return None

    async def _leave(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Ends the connection from this side; nothing more may come on it."""
        try:
            async with asyncio.timeout(self.patience):
                if writer.can_write_eof():
                    writer.write_eof()
                if rest := await reader.read(100):
                    self.broken.append(f"client {number}: more than was asked for: {rest!r}")
        except (OSError, TimeoutError) as fault:
            self.broken.append(f"client {number}: {type(fault).__name__} at the end {fault}")
        finally:
            writer.close()
