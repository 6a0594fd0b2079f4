"""The gateway's configuration as tests write it: JSON, which is YAML too."""

import json
from pathlib import Path
from typing import Any

# Generous enough never to be met by a test that is not about limits.
OPEN_LIMITS = [
    {"name": "address", "key": ["ip"], "rate": "5000/s", "burst": 50000},
    {"name": "login", "key": ["ip"], "rate": "1000/s", "burst": 10000},
    {"name": "api", "key": ["user"], "rate": "5000/s", "burst": 50000},
]


def configuration(
    *,
    listen: int,
    operations: int,
    redis_url: str,
    data: Path,
    upstreams: dict[str, str | dict[str, Any]],
    routes: list[dict[str, Any]],
    **others: Any,
) -> dict[str, Any]:
    """A whole configuration. `upstreams` maps names to addresses, or to all that there is to say about one;
    `others` are top-level keys, in place of what is here where they are the same."""
    return {
        "listen": [{"address": f"127.0.0.1:{listen}"}],
        "operations": {"address": f"127.0.0.1:{operations}"},
        # Patient, so that a busy machine does not open the circuit breaker in tests that are not about it.
        "redis": {"url": redis_url, "deadline": "1s"},
        "data-directory": str(data),
        "event-loops": 1,
        "limits": OPEN_LIMITS,
        "upstreams": {
            name: found if isinstance(found, dict) else upstream(found) for name, found in upstreams.items()
        },
        "routes": routes,
        **others,
    }


def upstream(address: str, **others: Any) -> dict[str, Any]:
    """A service at one address; `others` are further keys of it."""
    return {"addresses": [address], "health-check": {"path": "/ready", "interval": "1s"}, **others}


def write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2))
