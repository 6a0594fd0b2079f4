"""A body at its limit passes and one byte more does not, whether or not its length is declared."""

import pytest

from conftest import BODY_LIMIT, Recording
from stack.wire import chunked, exchange

HEAD = "POST /small/{name} HTTP/1.1\r\nHost: plant\r\nConnection: close\r\n{framing}\r\n\r\n"


def send(recording: Recording, name: str, size: int, framing: str):
    body = b"v" * size
    if framing == "declared":
        head = HEAD.format(name=name, framing=f"Content-Length: {size}")
        return exchange(recording.gateway.port, head.encode() + body)
    head = HEAD.format(name=name, framing="Transfer-Encoding: chunked")
    return exchange(recording.gateway.port, head.encode() + chunked(body))


@pytest.mark.parametrize("framing", ["declared", "chunked"])
def test_a_body_at_the_limit_passes_whole(recording: Recording, framing: str) -> None:
    assert send(recording, f"at-{framing}", BODY_LIMIT, framing).status == 200
    assert len(recording.upstream.under(f"/small/at-{framing}")[-1].body) == BODY_LIMIT


@pytest.mark.parametrize("framing", ["declared", "chunked"])
def test_a_body_one_byte_over_the_limit_is_413(recording: Recording, framing: str) -> None:
    answer = send(recording, f"over-{framing}", BODY_LIMIT + 1, framing)
    assert answer.status == 413
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert not recording.upstream.under(f"/small/over-{framing}"), "no upstream takes it for a whole request"


def test_a_declared_length_over_the_limit_is_refused_before_a_byte_is_sent(recording: Recording) -> None:
    head = HEAD.format(name="early", framing=f"Content-Length: {BODY_LIMIT + 1}\r\nExpect: 100-continue")
    assert exchange(recording.gateway.port, head.encode()).status == 413
