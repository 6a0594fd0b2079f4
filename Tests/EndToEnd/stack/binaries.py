"""Where the programs under test are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def binary(name: str) -> Path:
    """The program of that name in $FILLGATE_BINARIES, else among the debug products."""
    path = Path(os.environ.get("FILLGATE_BINARIES", ROOT / ".build/debug")) / name
    if not path.exists():
        raise RuntimeError(f"{path} is missing: build it, or set FILLGATE_BINARIES")
    return path
