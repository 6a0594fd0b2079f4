"""Puts servers together for one test and takes all of them down again."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from .gateway import Gateway
from .polling import eventually
from .recorder import Recorder
from .redis import Redis
from .redis_nodes import Cluster, Node, SentinelGroup
from .scheduler import Scheduler
from .unruly import Unruly

SCHEDULER_ROUTES = [
    {
        "path": "/api/v1/**",
        "upstream": "scheduler",
        "require": "user",
        "limits": ["address", "api"],
        "body-limit": "10MiB",
    },
    {"path": "/app/**", "upstream": "scheduler", "require": "user", "limits": ["address"]},
]


class Rig:
    """A scratch folder and the servers that live in it; a context manager."""

    def __init__(self) -> None:
        # Short, because the path of a Unix socket has room for 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="fillgate-"))
        self._servers: list[Gateway | Scheduler | Redis | Unruly | SentinelGroup | Cluster] = []
        self._recorders: list[Recorder] = []

    def redis(self, start: bool = True) -> Redis:
        redis = Redis(self.folder)
        self._servers.append(redis)
        if start:
            redis.start()
        return redis

    def sentinels(self) -> SentinelGroup:
        group = SentinelGroup(self.folder)
        self._servers.append(group)
        return group.start()

    def cluster(self) -> Cluster:
        cluster = Cluster(self.folder)
        self._servers.append(cluster)
        return cluster.start()

    def until_primary(self, node: Node) -> None:
        eventually(f"{node.name} is a primary", lambda: node.command("ROLE")[0] == "master", 30)

    def scheduler(
        self, trusted_keys: str, audience: str = "scheduler", options: Sequence[str] = ()
    ) -> Scheduler:
        """Not started: it may have to wait for the gateway that it trusts."""
        scheduler = Scheduler(self.folder, trusted_keys, audience, options)
        self._servers.append(scheduler)
        return scheduler

    def recorder(self) -> Recorder:
        recorder = Recorder()
        self._recorders.append(recorder)
        return recorder

    def unruly(self) -> Unruly:
        """Started, and well-behaved so far."""
        upstream = Unruly(self.folder)
        self._servers.append(upstream)
        return upstream.start()

    def gateway(
        self,
        store: Redis | SentinelGroup | Cluster,
        upstreams: dict[str, str | dict[str, Any]],
        routes: list[dict[str, Any]],
        name: str = "gateway",
        **others: Any,
    ) -> Gateway:
        """Configured but not started."""
        gateway = Gateway(self.folder, store.url, upstreams, routes, name, **others)
        self._servers.append(gateway)
        return gateway

    def plant(self, **others: Any) -> tuple[Redis, Scheduler, Gateway]:
        """Everything that a planner needs, started."""
        redis = self.redis()
        scheduler = self.scheduler("")
        gateway = self.gateway(redis, {"scheduler": scheduler.address}, SCHEDULER_ROUTES, **others)
        scheduler.trust(gateway.key_set_url)
        scheduler.start()
        gateway.start()
        return redis, scheduler, gateway

    def __enter__(self) -> "Rig":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for recorder in self._recorders:
            recorder.stop()
        for server in reversed(self._servers):
            server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
