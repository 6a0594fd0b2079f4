"""What the admin API tells administrators, and that it is theirs alone."""

import json
import socket
from functools import partial
from typing import Any

from client import Client
from office import ADMIN, BURST, FIRST, OK, OWN, PLACES, PLANNER, Office, serves
from stack.polling import eventually

EVERYWHERE = 1.0
UNAUTHORIZED, FORBIDDEN, GONE, TAKEN, LIMITED = 401, 403, 404, 409, 429


def test_accounts_are_listed_page_by_page_and_found_by_address(office: Office) -> None:
    one = {"email": "", "password_hash": "$2b$04$yCI8x0KrPcnQTKtb9rKhN.kCAN34zreZYa88EFQUGEX2wlwyDwaR."}
    emails = [f"user{number:03}@plant.example" for number in range(450)]
    lines = "".join(json.dumps({**one, "email": email}) + "\n" for email in emails)
    assert office.gateway.command("user", "import", stdin=lines).returncode == 0
    pages: list[list[dict[str, Any]]] = []
    params: dict[str, str] = {}
    while True:
        page = office.ask("GET", "/users", params=params)
        pages.append(page["users"])
        if page["next"] is None:
            break
        params = {"cursor": page["next"]}
    assert len(pages) > 2
    assert max(len(page) for page in pages) <= 200
    assert [user["email"] for page in pages for user in page] == sorted([*emails, ADMIN])
    assert "$2b$" not in json.dumps(pages)
    found = office.ask("GET", "/users/user123@plant.example")
    assert office.ask("GET", f"/users/{found['id']}") == found
    assert found in [user for page in pages for user in page]
    office.ask("GET", "/users/user450@plant.example", GONE)


def test_what_is_left_of_a_limit_is_shown_and_what_was_used_forgotten(office: Office) -> None:
    office.make(PLANNER)
    planner = office.log_in(PLANNER, FIRST, office.elsewhere)

    def shown() -> dict[str, Any]:
        limits = office.ask("GET", "/limits", params={"user": PLANNER})["limits"]
        assert [limit["policy"] for limit in limits] == ["narrow", "exports"]
        return limits[0]

    assert [planner.get("/narrow/page").status_code for _ in range(BURST + 1)] == [*[OK] * BURST, LIMITED]
    limit = shown()
    assert (limit["remaining"], limit["burst"], limit["mode"]) == (0, BURST, "enforce")
    assert 0 < limit["full_in"] <= BURST * 1800
    assert office.ask("DELETE", "/limits", params={"user": PLANNER}) == {"reset": 1}
    assert shown()["remaining"] == BURST
    eventually("admitted again", partial(serves, planner, OK, "/narrow/page"), EVERYWHERE)

    # An operator's override takes effect where the planner asks.
    done = office.gateway.command("override", "set", "narrow", "--burst", "20", "--for", "5m")
    assert done.returncode == 0, done.stderr

    def is_told() -> bool:
        return ";q=20;" in planner.get("/narrow/page").headers["RateLimit-Policy"]

    eventually("the override holds elsewhere", is_told, EVERYWHERE)
    eventually("the override is shown", lambda: shown()["burst"] == 20, EVERYWHERE)
    listed = office.gateway.command("limits", "show", PLANNER, "--json")
    assert [row["burst"] for row in json.loads(listed.stdout)] == [20, PLACES], listed.stderr
    kinds = eventually(
        "the events are there",
        lambda: {event["kind"] for event in office.audit(ADMIN)} & {"limit-reset"},
    )
    assert kinds == {"limit-reset"}


def test_requests_in_flight_are_shown_with_the_places_that_are_left_wherever_they_are_under_way(
    office: Office,
) -> None:
    office.make(PLANNER)
    planner = office.log_in(PLANNER, FIRST, office.elsewhere)

    def shown() -> dict[str, Any]:
        return next(
            limit
            for limit in office.ask("GET", "/limits", params={"user": PLANNER})["limits"]
            if limit["policy"] == "exports"
        )

    def uploads() -> socket.socket:
        """A request that is under way until the connection ends."""
        connection = socket.create_connection(("127.0.0.1", office.elsewhere.port), timeout=15)
        head = f"POST /exports/page HTTP/1.1\r\nHost: plant\r\nAuthorization: Bearer {planner.token}\r\n"
        connection.sendall(head.encode() + b"Content-Length: 5\r\n\r\nab")
        return connection

    idle = {
        "policy": "exports", "of": "", "mode": "enforce", "remaining": PLACES, "burst": PLACES, "in_flight": 0
    }  # fmt: skip
    assert shown() == idle
    with uploads():
        eventually("one is under way", lambda: shown()["in_flight"] == 1)
        assert shown()["remaining"] == PLACES - 1
        with uploads():
            eventually("two are", lambda: (shown()["in_flight"], shown()["remaining"]) == (PLACES, 0))
            listed = office.gateway.command("limits", "show", PLANNER, "--json")
            assert shown() in json.loads(listed.stdout), listed.stderr
            assert planner.get("/exports/page").status_code == LIMITED
    eventually("none is any more", lambda: shown() == idle)


def test_limits_and_health_are_those_of_all_workers_together(office: Office) -> None:
    office.make(PLANNER)
    planner = office.log_in(PLANNER, FIRST, office.elsewhere)
    for _ in range(BURST + 3):
        planner.get("/narrow/page")

    def told() -> dict[str, Any] | None:
        limits = office.ask("GET", "/limits")
        narrow = next(policy for policy in limits["policies"] if policy["policy"] == "narrow")
        return limits if (narrow["admitted"], narrow["refused"]) == (BURST, 3) else None

    # Refused at one worker, told by the other.
    limits = eventually("the refusals are told of", told, 10)
    narrow = next(policy for policy in limits["policies"] if policy["policy"] == "narrow")
    assert (narrow["rate"], narrow["burst"], narrow["mode"], narrow["key"]) == ("2/h", BURST, "enforce", ["user"])
    assert len(limits["workers"]) == 2
    assert limits["refused"] == [{"policy": "narrow", "user": PLANNER, "count": 3, "shadow": False}]
    health = office.ask("GET", "/health")
    assert [worker["worker"] for worker in health["workers"]] == limits["workers"]
    assert health["redis"]["latency_ms"] > 0
    assert health["redis"]["servers"][0]["version"].startswith("7.")
    for worker in health["workers"]:
        (upstream,) = worker["upstreams"]
        assert upstream["upstream"] == "recorder"
        assert [address["verdict"] for address in upstream["addresses"]] == ["healthy"]
        assert worker["redis"] == {"loops": 1, "connected": 1, "open": 0, "unanswered": 0}
    # A worker that has gone is told of no more.
    office.elsewhere.kill()
    eventually("one is left", lambda: len(office.ask("GET", "/health")["workers"]) == 1)


# Every endpoint of the admin API.
ENDPOINTS = [
    ("GET", "/users"),
    ("POST", "/users"),
    ("GET", f"/users/{ADMIN}"),
    ("PATCH", f"/users/{ADMIN}"),
    ("DELETE", f"/users/{ADMIN}"),
    ("GET", "/lockouts"),
    ("DELETE", "/lockouts?all=true"),
    ("GET", f"/sessions?user={ADMIN}"),
    ("DELETE", f"/sessions?user={ADMIN}"),
    ("DELETE", f"/sessions/0123456789abcdef?user={ADMIN}"),
    ("GET", f"/limits?user={ADMIN}"),
    ("DELETE", f"/limits?user={ADMIN}"),
    ("GET", "/limits"),
    ("GET", "/audit"),
    ("GET", "/health"),
]


def test_whoever_is_no_administrator_is_told_so_by_every_endpoint_and_changes_nothing(office: Office) -> None:
    deputy = office.make(PLANNER, is_superuser=True)
    promoted = office.log_in(PLANNER, FIRST)
    assert promoted.get("/api/v1/admin/users").status_code == OK
    # Demoted: the session has ended with the rights that it had.
    office.ask("PATCH", f"/users/{deputy['id']}", json={"is_superuser": False})
    eventually(
        "not an administrator", partial(serves, promoted, UNAUTHORIZED, "/api/v1/admin/users"), EVERYWHERE
    )
    planner = office.log_in(PLANNER, FIRST)
    before = office.ask("GET", f"/users/{ADMIN}")
    for method, path in ENDPOINTS:
        # As good as can be, so that nothing but who asks stands in the way.
        body = {"PATCH": {"is_active": False}, "POST": {"email": "a@plant.example", "password": FIRST}}
        options = {"json": body[method]} if method in body else {}
        forbidden = planner.call(method, f"/api/v1/admin{path}", **options)
        assert (forbidden.status_code, forbidden.json()["code"]) == (FORBIDDEN, "forbidden"), (method, path)
        unknown = Client(office.gateway.url).call(method, f"/api/v1/admin{path}", **options)
        assert (unknown.status_code, unknown.json()["code"]) == (UNAUTHORIZED, "unauthenticated"), path
        assert unknown.headers["WWW-Authenticate"] == "Bearer"
    assert office.ask("GET", f"/users/{ADMIN}") == before
    office.ask("GET", "/users/a@plant.example", GONE)
    # It was asked with the session that was to be ended.
    assert office.ask("GET", "/sessions", params={"user": ADMIN})["sessions"]


def test_an_administrator_cannot_shut_themselves_out_or_change_their_own_password_unproven(
    office: Office,
) -> None:
    for change in ({"is_active": False}, {"is_superuser": False}, {"password": FIRST}):
        assert office.ask("PATCH", f"/users/{ADMIN}", TAKEN, json=change)["code"] == "own-account"
    assert office.ask("DELETE", f"/users/{ADMIN}", TAKEN)["code"] == "own-account"
    assert office.ask("GET", f"/users/{ADMIN}")["is_superuser"] is True
    assert Client(office.gateway.url).try_login(ADMIN, OWN).status_code == OK


def test_an_administrator_s_key_makes_no_accounts_sets_no_passwords_and_ends_no_sessions(
    office: Office,
) -> None:
    scopes = ["--scope", "read", "--scope", "write", "--scope", "admin"]
    made = office.gateway.command("key", "create", ADMIN, "--name", "nightly", *scopes, "--expires", "1h")
    assert made.returncode == 0, made.stderr
    office.make(PLANNER)
    planner = office.log_in(PLANNER, FIRST)
    program = Client(office.gateway.url)
    program.bear(made.stdout.strip())
    assert program.get("/api/v1/admin/users").status_code == OK
    for method, path, body in (
        ("POST", "/users", {"email": "a@plant.example", "password": FIRST}),
        ("PATCH", f"/users/{PLANNER}", {"password": OWN}),
        ("PATCH", f"/users/{PLANNER}", {"is_superuser": True}),
        ("DELETE", f"/sessions?user={PLANNER}", None),
    ):
        refused = program.call(method, f"/api/v1/admin{path}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (FORBIDDEN, "session-required"), path
    assert serves(planner, OK)
    assert Client(office.gateway.url).try_login(PLANNER, FIRST).status_code == OK
