"""Everything in an answer that could tell two accounts apart."""

import json
import re
from typing import Any

import requests

Shape = tuple[int, list[tuple[str, str]], dict[str, Any]]

# These differ from one answer to the next for every account alike.
VARYING = {"date", "x-request-id", "traceparent"}


def shape(answer: requests.Response) -> Shape:
    """Status, header fields and JSON body; equal for accounts that nobody must be able to tell apart."""
    headers = sorted(
        (name.lower(), _counted(name, value))
        for name, value in answer.headers.items()
        if name.lower() not in VARYING
    )
    body = json.loads(answer.content)
    body.pop("request_id")
    return answer.status_code, headers, body


def _counted(name: str, value: str) -> str:
    """The limit's countdown depends on the caller's own attempts, not on the account."""
    return re.sub(r"([rt])=\d+", r"\1=…", value) if name.lower() == "ratelimit" else value
