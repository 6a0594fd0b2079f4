"""Every answer can be found again: request ID, trace context and a line of the access log."""

import re
import uuid

import pytest
import requests

from client import Client
from conftest import Recording
from stack.polling import eventually
from stack.wire import exchange

TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
INBOUND = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

LOGGED = {
    "time",
    "request_id",
    "client",
    "user",
    "method",
    "path",
    "protocol",
    "route",
    "status",
    "bytes",
    "ms",
    "gateway_ms",
    "upstream_ms",
    "redis_ms",
    "code",
}
CLOSE = "Host: plant\r\nConnection: close\r\n"
# What is sent, and the status that it must meet.
RAW = {
    "a page": (f"GET /open/a HTTP/1.1\r\n{CLOSE}\r\n", 200),
    "no such route": (f"GET /nowhere HTTP/1.1\r\n{CLOSE}\r\n", 404),
    "health": (f"GET /health HTTP/1.1\r\n{CLOSE}\r\n", 200),
    "not ready": (f"GET /ready HTTP/1.1\r\n{CLOSE}\r\n", 503),
    "nobody logged in": (f"GET /mine/a HTTP/1.1\r\n{CLOSE}\r\n", 401),
    "a browser not logged in": (f"GET /mine/a HTTP/1.1\r\n{CLOSE}Sec-Fetch-Mode: navigate\r\n\r\n", 303),
    "a dead upstream": (f"GET /dead/a HTTP/1.1\r\n{CLOSE}\r\n", 502),
    "malformed": ("GET /open/a HTTP/1.1\r\nHost : plant\r\n\r\n", 400),
    "two lengths": (f"POST /open/a HTTP/1.1\r\n{CLOSE}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    "unknown transfer coding": (f"POST /open/a HTTP/1.1\r\n{CLOSE}Transfer-Encoding: br\r\n\r\n", 501),
    "unknown version": (f"GET /open/a HTTP/3.0\r\n{CLOSE}\r\n", 505),
    "long request line": (f"GET /open/{'a' * 9000} HTTP/1.1\r\n{CLOSE}\r\n", 414),
    "large header": (f"GET /open/a HTTP/1.1\r\n{CLOSE}X-Large: {'a' * 17000}\r\n\r\n", 431),
    "large body": (f"POST /small/a HTTP/1.1\r\n{CLOSE}Content-Length: 99999999\r\n\r\n", 413),
    "bad credentials": (f"POST /api/v1/auth/login HTTP/1.1\r\n{CLOSE}Content-Length: 0\r\n\r\n", None),
}


@pytest.mark.parametrize("case", RAW)
def test_pain_34_every_answer_carries_its_request_id_and_trace(recording: Recording, case: str) -> None:
    request, status = RAW[case]
    answer = exchange(recording.gateway.port, request.encode())
    if case == "a dead upstream":
        assert answer.status in (502, 503)
    else:
        assert answer.status == status or status is None and answer.status >= 400
    identifier = uuid.UUID(answer.headers["x-request-id"])
    assert identifier.version == 7
    assert TRACE.fullmatch(answer.headers["traceparent"])


def test_pain_34_a_problem_names_its_request(recording: Recording) -> None:
    answer = Client(recording.gateway.url).get("/nowhere")
    problem = answer.json()
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert problem["status"] == 404
    assert {"type", "title", "detail", "code"} <= set(problem)


def test_a_trace_that_a_caller_began_is_continued(recording: Recording) -> None:
    Client(recording.gateway.url).get("/open/trace", headers={"traceparent": INBOUND})
    seen = recording.upstream.under("/open/trace")[-1].one("traceparent")
    assert TRACE.fullmatch(seen)
    assert seen.split("-")[1] == INBOUND.split("-")[1]
    assert seen.split("-")[2] != INBOUND.split("-")[2]


@pytest.mark.parametrize("broken", ["garbage", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", INBOUND.upper()])
def test_a_trace_that_is_none_is_begun_anew(recording: Recording, broken: str) -> None:
    Client(recording.gateway.url).get("/open/trace", headers={"traceparent": broken})
    seen = recording.upstream.under("/open/trace")[-1].one("traceparent")
    assert TRACE.fullmatch(seen) and seen != broken


def access_line(recording: Recording, answer: requests.Response) -> dict:
    identifier = answer.headers["X-Request-ID"]

    def found():
        # Security events bear the request's ID too.
        lines = [line for line in recording.gateway.log_lines() if line.get("request_id") == identifier]
        return next((line for line in lines if "status" in line), None)

    return eventually(f"{identifier} is in the access log", found)


def test_the_access_log_has_a_line_of_json_for_each_request(recording: Recording) -> None:
    client = recording.client()
    answer = client.get("/mine/logged?secret=hush")
    line = access_line(recording, answer)
    assert set(line) == LOGGED
    assert (line["method"], line["path"], line["route"]) == ("GET", "/mine/logged", "/mine/**")
    assert (line["status"], line["code"]) == (200, None)
    assert line["client"] == "127.0.0.1"
    assert line["user"], "who asked is known here"
    assert line["ms"] >= line["upstream_ms"] > 0
    assert line["redis_ms"] > 0
    assert "hush" not in str(line), "queries stay out of logs"


def test_the_access_log_says_why_a_request_was_refused(recording: Recording, address: str) -> None:
    client = Client(recording.gateway.url, address)
    answers = [client.get("/narrow/page") for _ in range(4)]
    assert answers[-1].status_code == 429
    line = access_line(recording, answers[-1])
    assert (line["status"], line["code"], line["client"]) == (429, "rate-limited", address)


def test_no_secret_reaches_the_log(recording: Recording) -> None:
    client = recording.client()
    access_line(recording, client.get("/mine/logged"))
    assert recording.gateway.program is not None
    text = recording.gateway.program.log.read_text(errors="replace")
    assert client.token not in text
    assert "four lots before breakfast" not in text
