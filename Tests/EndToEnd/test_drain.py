"""A gateway that is told to stop finishes what is under way."""

from concurrent.futures import ThreadPoolExecutor

from client import Client
from stack.polling import eventually
from stack.program import accepts
from stack.rig import Rig


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
    assert gateway.program is not None
    assert gateway.program.wait() == 0
