"""Redis is at `maxmemory`: what needs it is 503 and says when to come back; nobody is logged out."""

from client import Client
from conftest import PASSWORD
from stack.gateway import Gateway
from stack.polling import eventually
from stack.redis import Redis
from stack.rig import Rig

ALICE = "alice@plant.example"
ROUTES = [
    {"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": ["strict"]},
    {"path": "/open/**", "upstream": "recorder", "require": "anonymous", "limits": ["strict"]},
    {"path": "/local/**", "upstream": "recorder", "require": "anonymous", "limits": ["address"]},
]
LIMITS = [
    {"name": "address", "key": ["ip"], "rate": "5000/s", "burst": 50000},
    {"name": "login", "key": ["ip"], "rate": "1000/s", "burst": 10000},
    {"name": "strict", "key": ["ip"], "rate": "50/s", "burst": 500, "on-store-failure": "deny"},
]


def guarded(rig: Rig, redis: Redis) -> Gateway:
    upstream = rig.recorder()
    gateway = rig.gateway(redis, {"recorder": upstream.address}, ROUTES, limits=LIMITS)
    gateway.start()
    gateway.add_user(ALICE, PASSWORD)
    return gateway


def test_pain_3_a_full_redis_is_503_with_retry_after_and_logs_nobody_out(rig: Rig) -> None:
    redis = rig.redis()
    gateway = guarded(rig, redis)
    alice = Client(gateway.url).log_in(ALICE, PASSWORD)
    assert alice.get("/mine/page").status_code == 200
    assert redis.command("CONFIG", "SET", "maxmemory", "1") == b"+OK"
    stranger = Client(gateway.url)
    answers = {
        "a login": stranger.try_login(ALICE, PASSWORD),
        "a limit that denies": stranger.get("/open/page"),
        "an old session": eventually(
            "the cached session has run out",
            lambda: answer if (answer := alice.get("/mine/page")).status_code != 200 else None,
        ),
    }
    for what, answer in answers.items():
        assert answer.status_code == 503, what
        assert answer.json()["code"] == "store-unavailable", what
        assert int(answer.headers["Retry-After"]) >= 1, what
        assert "Set-Cookie" not in answer.headers, what
    assert stranger.get("/local/page").status_code == 200, "a limit of its own needs no memory of Redis"
    assert redis.command("CONFIG", "SET", "maxmemory", "0") == b"+OK"
    assert eventually("it serves", lambda: alice.get("/mine/page").status_code == 200)
    assert stranger.try_login(ALICE, PASSWORD).status_code == 200
