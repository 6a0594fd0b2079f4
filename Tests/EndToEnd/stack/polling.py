"""Waiting for a condition with a deadline, which is how everything here waits."""

import http.client
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def eventually(
    what: str, probe: Callable[[], Value | None], within: float = 15.0, every: float = 0.02
) -> Value:
    """Calls `probe` until it answers something other than None and False, and returns that.

    Fails with `what` once `within` seconds are over. An exception of the probe counts as "not yet" and is
    named when time is up.
    """
    deadline = time.monotonic() + within
    last: Exception | None = None
    while True:
        try:
            value = probe()
            if value is not None and value is not False:
                return value
            last = None
        except (OSError, http.client.HTTPException, AssertionError, LookupError, ValueError) as fault:
            last = fault
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: {what}") from last
        time.sleep(every)
