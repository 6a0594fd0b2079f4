"""A gateway that is told to stop finishes what is under way, tells what has no end of its own to go, and does
not wait for ever."""

import contextlib
import http.client
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import Client
from conftest import PASSWORD
from stack.gateway import Gateway
from stack.polling import eventually
from stack.program import accepts
from stack.rig import Rig
from stack.streams import Streams
from stack.websocket import CLOSE, GOING_AWAY, TEXT, Frame, WebSocket

ALICE = "alice@plant.example"
GRACE = 2.0
# What a busy machine may need beyond it.
SLACK = 10.0


def test_sigterm_lets_the_request_under_way_finish_and_takes_no_new_one(rig: Rig) -> None:
    upstream = rig.recorder()
    routes = [{"path": "/open/**", "upstream": "recorder", "require": "anonymous", "limits": []}]
    gateway = rig.gateway(rig.redis(), {"recorder": upstream.address}, routes).start()
    client = Client(gateway.url)
    assert client.get("/open/page").status_code == 200
    with ThreadPoolExecutor() as pool:
        under_way = pool.submit(Client(gateway.url).get, "/open/hold")
        assert upstream.held.wait(10)
        gateway.begin_draining()
        eventually("nobody new is let in", lambda: not accepts(gateway.port))
        assert not under_way.done()
        upstream.release.set()
        answer = under_way.result(timeout=20)
    assert answer.status_code == 200
    assert answer.json()["path"] == "/open/hold"
    assert gateway.running.wait() == 0


def streaming(rig: Rig, upstream: Streams, **others: str) -> tuple[Gateway, str]:
    """A gateway in front of it, and the header that says who asks."""
    routes = [{"path": "/mine/**", "upstream": "streams", "require": "user", "limits": []}]
    gateway = rig.gateway(rig.redis(), {"streams": upstream.address}, routes, **others).start()
    gateway.add_user(ALICE, PASSWORD)
    return gateway, f"Bearer {Client(gateway.url).log_in(ALICE, PASSWORD).token}"


def echoed(web: WebSocket, text: bytes) -> bool:
    web.send(TEXT, text)
    return web.receive() == Frame(TEXT, text, was_masked=False)


def endings(gateway: Gateway) -> dict[str, str | None]:
    """Of every logged request: its path and the code that says how it ended."""
    return {line["path"]: line["code"] for line in gateway.log_lines() if "path" in line and "code" in line}


def test_on_sigterm_a_websocket_is_told_1001_and_an_event_stream_ends_behind_a_whole_event(rig: Rig) -> None:
    with Streams() as upstream:
        gateway, bearer = streaming(rig, upstream)
        events = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
        events.request("GET", "/mine/events", headers={"Authorization": bearer})
        with WebSocket(gateway.port, "/mine/ws", f"Authorization: {bearer}") as web:
            assert echoed(web, b"hello")
            upstream.events.put(b"data: one\n\nda")
            answer = events.getresponse()
            assert answer.read(13) == b"data: one\n\nda"
            begun = time.monotonic()
            gateway.begin_draining()
            told = web.receive()
            assert told is not None
            assert (told.kind, told.code, told.was_masked) == (CLOSE, GOING_AWAY, False)
            heard = upstream.closes.get(timeout=10)
            assert (heard.code, heard.was_masked) == (GOING_AWAY, True)
            web.send(CLOSE, told.payload)
            assert web.receive() is None
            # The event stream is in the middle of an event all the while.
            upstream.events.put(b"ta: two\n\ndata: three\n\n")
            # An end that is cut off would be an exception.
            assert answer.read() == b"ta: two\n\n"
        events.close()
        assert gateway.running.wait() == 0
        assert time.monotonic() - begun < SLACK, "the grace of 30 s was not needed"
    assert {path: endings(gateway)[path] for path in ("/mine/ws", "/mine/events")} == {
        "/mine/ws": "draining",
        "/mine/events": "draining",
    }


@pytest.mark.parametrize("who", ["the upstream ignores", "nobody heeds"])
def test_a_websocket_that_does_not_end_when_it_is_told_to_is_cut_off_when_the_grace_is_over(
    rig: Rig, who: str
) -> None:
    with Streams(ignores_close=True) as upstream:
        gateway, bearer = streaming(rig, upstream, **{"drain-timeout": f"{GRACE:.0f}s"})
        with WebSocket(gateway.port, "/mine/ws", f"Authorization: {bearer}") as web:
            assert echoed(web, b"hello")
            begun = time.monotonic()
            gateway.begin_draining()
            told = web.receive()
            assert told is not None and told.code == GOING_AWAY
            if who == "the upstream ignores":
                web.send(CLOSE, told.payload)
            assert upstream.closes.get(timeout=10).code == GOING_AWAY
            with contextlib.suppress(ConnectionResetError):
                assert web.receive() is None
            cut = time.monotonic() - begun
        assert gateway.running.wait() == 0
        ended = time.monotonic() - begun
    assert GRACE - 0.1 < cut
    assert ended < GRACE + SLACK
    assert endings(gateway)["/mine/ws"] == "draining"
    assert any("cut off" in line.get("message", "") for line in gateway.log_lines())


def test_a_client_that_ignores_the_close_does_not_keep_the_gateway_once_the_upstream_has_gone(
    rig: Rig,
) -> None:
    with Streams() as upstream:
        gateway, bearer = streaming(rig, upstream)
        with WebSocket(gateway.port, "/mine/ws", f"Authorization: {bearer}") as web:
            assert echoed(web, b"hello")
            begun = time.monotonic()
            gateway.begin_draining()
            assert upstream.closes.get(timeout=10).code == GOING_AWAY
            assert gateway.running.wait() == 0
            assert time.monotonic() - begun < SLACK, "the grace of 30 s was not needed"
            told = web.receive()
            assert told is not None and told.code == GOING_AWAY
