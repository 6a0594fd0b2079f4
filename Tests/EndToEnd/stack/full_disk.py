"""A disk of a few blocks for a gateway's log, which fills up at once and vanishes with the gateway."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from .gateway import Gateway


class FullDisk:
    """A tmpfs that only the gateway sees: it is mounted in a namespace of the gateway's own."""

    def __init__(self, folder: Path, size: int) -> None:
        self._mount = folder / "small-disk"
        self._mount.mkdir()
        self._size = size

    @property
    def command(self) -> list[str | Path]:
        """What to put before the gateway's command: its standard error is a file on the small disk."""
        script = f'mount -t tmpfs -o size={self._size} small-disk "$0" && exec "$@" 2>>"$0/log"'
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        return ["unshare", "--mount", *user, "sh", "-c", script, self._mount]

    def free(self, gateway: Gateway) -> int:
        """Bytes."""
        found = os.statvfs(self._seen_by(gateway))
        return found.f_bavail * found.f_bsize

    def make_room(self, gateway: Gateway) -> None:
        """Makes the disk a hundred times larger."""
        assert gateway.program is not None
        enter = ["nsenter", "--target", str(gateway.program.pid), "--mount"]
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        larger = ["mount", "-o", f"remount,size={100 * self._size}", str(self._mount)]
        subprocess.run([*enter, *user, *larger], check=True, timeout=30)

    def lines(self, gateway: Gateway) -> list[dict[str, Any]]:
        """Every whole line of the log; the disk may have ended in the middle of one, which is none then."""
        found = []
        for line in (self._seen_by(gateway) / "log").read_text(errors="replace").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def _seen_by(self, gateway: Gateway) -> Path:
        assert gateway.program is not None
        return Path(f"/proc/{gateway.program.pid}/root{self._mount}")
