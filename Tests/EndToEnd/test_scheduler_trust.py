"""The scheduler trusts nobody but a gateway's signature."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from stack.assertion import HEADER, Signer, encode
from stack.rig import Rig
from stack.scheduler import Scheduler


@dataclass
class Trusting:
    scheduler: Scheduler
    signer: Signer

    def status(self, token: str | None, path: str = "/api/v1/schedules") -> int:
        headers = {HEADER: token} if token is not None else {}
        return requests.get(self.scheduler.url + path, headers=headers, timeout=10).status_code


@pytest.fixture(scope="module")
def trusting() -> Iterator[Trusting]:
    with Rig() as rig:
        signer = Signer()
        keys = rig.folder / "keys.json"
        keys.write_text(signer.key_set())
        yield Trusting(rig.scheduler(str(keys)).start(), signer)


def test_a_statement_that_the_gateway_signed_is_believed(trusting: Trusting) -> None:
    assert trusting.status(trusting.signer.token()) == 200


def test_without_a_statement_the_answer_is_401(trusting: Trusting) -> None:
    assert trusting.status(None) == 401


def test_an_expired_statement_is_401(trusting: Trusting) -> None:
    now = int(time.time())
    assert trusting.status(trusting.signer.token(iat=now - 600, exp=now - 570)) == 401


def test_a_statement_for_another_audience_is_401(trusting: Trusting) -> None:
    assert trusting.status(trusting.signer.token(aud="another-upstream")) == 401


def test_a_statement_signed_by_another_key_is_401(trusting: Trusting) -> None:
    stranger = Signer()
    assert trusting.status(stranger.token()) == 401
    assert trusting.status(stranger.token(header={"kid": trusting.signer.key_id})) == 401


def test_a_statement_that_lives_too_long_is_401(trusting: Trusting) -> None:
    now = int(time.time())
    assert trusting.status(trusting.signer.token(iat=now, exp=now + 61)) == 401


def test_a_statement_of_the_future_is_401(trusting: Trusting) -> None:
    now = int(time.time())
    assert trusting.status(trusting.signer.token(iat=now + 600, exp=now + 630)) == 401


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_statement_under_another_algorithm_is_401(trusting: Trusting, algorithm: str) -> None:
    head, payload, signature = trusting.signer.token().split(".")
    other = encode(f'{{"alg":"{algorithm}","kid":"{trusting.signer.key_id}","typ":"JWT"}}'.encode())
    assert trusting.status(f"{other}.{payload}.{signature}") == 401
    assert trusting.status(f"{other}.{payload}.") == 401


def test_a_changed_statement_is_401(trusting: Trusting) -> None:
    head, payload, signature = trusting.signer.token().split(".")
    other = trusting.signer.token(roles=["user", "admin"]).split(".")[1]
    assert trusting.status(f"{head}.{other}.{signature}") == 401


@pytest.mark.parametrize("garbage", ["", ".", "..", "a.b.c", "x" * 10_000])
def test_garbage_is_401(trusting: Trusting, garbage: str) -> None:
    assert trusting.status(garbage) in (401, 431)


def test_health_needs_no_statement(trusting: Trusting) -> None:
    assert trusting.status(None, "/health") == 200
