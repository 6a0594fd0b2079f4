"""Where the programs under test are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def binary(name: str) -> Path:
    """The program of that name in $BINARIES, else among the debug products."""
    path = Path(os.environ.get("BINARIES", ROOT / ".build/debug")) / name
    if not path.exists():
        raise RuntimeError(f"{path} is missing: build it, or set BINARIES")
    return path
