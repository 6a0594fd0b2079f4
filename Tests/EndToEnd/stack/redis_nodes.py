"""Redis servers that belong together: a primary with a replica and sentinels, and a Cluster."""

import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from .polling import eventually
from .program import Program, free_port
from .server import Server

SLOTS = 16_384


class Node(Server):
    """One server or sentinel on a port of 127.0.0.1; its data survives `kill` and `start`."""

    def __init__(
        self, folder: Path, name: str, options: Sequence[str | Path], port: int | None = None
    ) -> None:
        self.name = name
        self.port = port or free_port()
        self._folder = folder
        self._data = folder / name
        self._data.mkdir(exist_ok=True)
        self._options = options

    def start(self) -> "Node":
        """Returns once it answers."""
        command = ["redis-server", *self._options, "--port", self.port, "--bind", "127.0.0.1"]
        self.program = Program(self.name, [*map(str, command), "--dir", str(self._data)], self._folder)
        self.program.until("answers PING", lambda: self.command("PING") == "PONG")
        return self

    def command(self, *words: object) -> Any:
        """The answer: text, number, list, or None; an error is a ValueError."""
        parts = [str(word).encode() for word in words]
        request = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(request)
            with connection.makefile("rb") as stream:
                return _reply(stream)


def _reply(stream: BinaryIO) -> Any:
    head = stream.readline().rstrip().decode()
    kind, rest = head[:1], head[1:]
    if kind == "-":
        raise ValueError(rest)
    if kind == ":":
        return int(rest)
    if kind == "$":
        return stream.read(int(rest) + 2)[:-2].decode() if int(rest) >= 0 else None
    if kind == "*":
        return [_reply(stream) for _ in range(int(rest))]
    return rest


SERVER = ["--save", "", "--appendonly", "yes", "--repl-diskless-sync-delay", "0"]


def _follows(primary: Node, replica: Node) -> bool:
    role, own = replica.command("ROLE"), primary.command("ROLE")
    return role[0] == "slave" and role[3] == "connected" and role[4] == own[1]


class SentinelGroup:
    """A primary, its replica and three sentinels that give a silent primary 700 ms."""

    name = "mymaster"

    def __init__(self, folder: Path) -> None:
        first = Node(folder, "first", SERVER)
        second = Node(folder, "second", [*SERVER, "--replicaof", f"127.0.0.1 {first.port}"])
        self.servers = [first, second]
        self.sentinels: list[Node] = []
        for number in range(3):
            file = folder / f"sentinel{number}.conf"
            file.write_text(
                f"sentinel monitor {self.name} 127.0.0.1 {first.port} 2\n"
                f"sentinel down-after-milliseconds {self.name} 700\n"
                f"sentinel failover-timeout {self.name} 4000\n"
            )
            self.sentinels.append(Node(folder, f"sentinel{number}", [file, "--sentinel"]))

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{hosts}/{self.name}"

    def start(self) -> "SentinelGroup":
        for node in self.servers + self.sentinels:
            node.start()
        for sentinel in self.sentinels:
            # They would meet after two seconds, and hear of replicas after ten.
            sentinel.command(
                "SENTINEL", "DEBUG", "PUBLISH-PERIOD", 100, "ASK-PERIOD", 100, "INFO-PERIOD", 1000
            )
        for sentinel in self.sentinels:
            eventually("the sentinels know each other and the replica", partial(self._is_ready, sentinel), 30)
        self.until_replicated()
        return self

    def _is_ready(self, sentinel: Node) -> bool:
        words = sentinel.command("SENTINEL", "MASTER", self.name)
        state = dict(zip(words[::2], words[1::2], strict=True))
        return (state["num-slaves"], state["num-other-sentinels"], state["flags"]) == ("1", "2", "master")

    def until_replicated(self) -> None:
        eventually("the replica follows", lambda: _follows(*self.servers), 30)

    def until_second_is_primary(self) -> None:
        eventually("the replica is the primary", lambda: self.servers[1].command("ROLE")[0] == "master", 30)

    def fail_over(self) -> None:
        """As an operator would."""
        begin = partial(self.sentinels[0].command, "SENTINEL", "FAILOVER", self.name)
        eventually("a failover is begun", begin)

    def kill(self) -> None:
        for node in self.sentinels + self.servers:
            node.kill()


class Cluster:
    """Three primaries that share the slots evenly, each with a replica."""

    def __init__(self, folder: Path) -> None:
        self.nodes: list[Node] = []
        for number in range(6):
            bus, port = free_port(), free_port()
            options = [*SERVER, "--cluster-enabled", "yes", "--cluster-port", str(bus)]
            timeouts = ["--cluster-node-timeout", "1500", "--cluster-replica-validity-factor", "0"]
            self.nodes.append(Node(folder, f"node{number}", [*options, *timeouts], port))
        self.primaries = self.nodes[:3]
        self.replicas = self.nodes[3:]
        self._names: list[str] = []

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def start(self) -> "Cluster":
        for number, node in enumerate(self.nodes):
            node.start()
            self._names.append(node.command("CLUSTER", "MYID"))
            node.command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number < len(self.primaries):
                first, end = SLOTS * number // 3, SLOTS * (number + 1) // 3
                node.command("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
        for node in self.nodes[1:]:
            bus = node.command("CONFIG", "GET", "cluster-port")[1]
            self.nodes[0].command("CLUSTER", "MEET", "127.0.0.1", node.port, bus)
        for node in self.nodes:
            eventually(f"{node.name} calls the Cluster whole", partial(self._is_whole, node), 60)
        for replica, name in zip(self.replicas, self._names, strict=False):
            # Refused until the replica has heard of its primary.
            ask = partial(replica.command, "CLUSTER", "REPLICATE", name)
            eventually("a replica is told whose it is", ask)
        self.until_replicated()
        return self

    def _is_whole(self, node: Node) -> bool:
        info = node.command("CLUSTER", "INFO")
        return "cluster_state:ok" in info and f"cluster_known_nodes:{len(self.nodes)}\r" in info

    def until_replicated(self) -> None:
        for primary, replica in zip(self.primaries, self.replicas, strict=True):
            eventually("the replicas follow", partial(_follows, primary, replica), 60)

    def slots_in_use(self) -> list[tuple[int, int]]:
        """Each slot that has keys, with the number of its primary."""
        return [
            (slot, number)
            for number, primary in enumerate(self.primaries)
            for slot in {primary.command("CLUSTER", "KEYSLOT", key) for key in primary.command("KEYS", "*")}
        ]

    def move(self, slot: int, source: int, target: int) -> None:
        """Moves a slot with its keys, one key at a time, as resharding does."""
        here, there = self.primaries[source], self.primaries[target]
        there.command("CLUSTER", "SETSLOT", slot, "IMPORTING", self._names[source])
        here.command("CLUSTER", "SETSLOT", slot, "MIGRATING", self._names[target])
        for key in here.command("CLUSTER", "GETKEYSINSLOT", slot, 100_000):
            here.command("MIGRATE", "127.0.0.1", there.port, key, 0, 5000)
        for key in here.command("CLUSTER", "GETKEYSINSLOT", slot, 100_000):
            here.command("MIGRATE", "127.0.0.1", there.port, key, 0, 5000)
        for node in [there, here, *self.primaries]:
            node.command("CLUSTER", "SETSLOT", slot, "NODE", self._names[target])

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()
