"""An account's whole life over the admin API, and what is told of it afterwards."""

import json
import re
from functools import partial
from typing import Any

from client import Client
from office import ADMIN, FIRST, OK, PLANNER, SECOND, WRONG, Office, serves
from shapes import shape
from stack.polling import eventually

# Salt and all: the log names the schemes of hashes that are stored.
PASSWORD_HASH = re.compile(r"argon2id\$v=\d+\$[^$\s]+\$[\w+/]{16,}\$[\w+/]{16,}")
BROWSER = "Mozilla/5.0 (of the planner)"
EVERYWHERE = 1.0
DONE, UNAUTHORIZED, GONE, TAKEN = 204, 401, 404, 409


def test_pain_15_an_administrator_looks_after_an_account_from_its_first_day_to_its_last_over_the_api_alone(
    office: Office,
) -> None:
    made = office.make(PLANNER)
    assert set(made) == {"id", "email", "is_active", "is_superuser", "second_factor", "created_at", "password_changed_at"}
    assert (made["email"], made["is_active"], made["is_superuser"]) == (PLANNER, True, False)
    one = f"/users/{made['id']}"
    assert office.ask("POST", "/users", TAKEN, json={"email": PLANNER, "password": SECOND})["code"] == (
        "address-taken"
    )
    office.log_in(PLANNER, FIRST)

    # Somebody guesses, and the planner is not heard any more from there, who has no device that is known.
    guesser = Client(office.gateway.url)
    refused = [guesser.try_login(PLANNER, WRONG) for _ in range(5)]
    refused.append(guesser.try_login(PLANNER, FIRST))
    assert {shape(answer)[0] for answer in refused} == {UNAUTHORIZED}
    locks = office.ask("GET", "/lockouts")["lockouts"]
    assert [(lock["reason"], lock["user"], lock["address"], lock["failures"]) for lock in locks] == [
        ("pair", PLANNER, "127.0.0.1", 5)
    ]
    assert locks[0]["since"] < locks[0]["until"]
    assert office.ask("DELETE", "/lockouts", params={"user": PLANNER})["cleared"] > 0
    assert office.ask("GET", "/lockouts")["lockouts"] == []

    # In again, and seen.
    planner = Client(office.gateway.url)
    planner.http.headers["User-Agent"] = BROWSER
    planner.log_in(PLANNER, FIRST)
    office.secrets.append(planner.token)
    proxied = Client(office.elsewhere.url)
    proxied.bear(planner.token)
    for _ in range(10):
        assert serves(proxied, OK)
    sessions = office.ask("GET", "/sessions", params={"user": PLANNER})["sessions"]
    assert [session["user_agent"] == BROWSER for session in sessions] == [True, False]
    assert {session["address"] for session in sessions} == {"127.0.0.1"}
    office.ask("DELETE", f"/sessions/{sessions[0]['id']}", DONE, params={"user": PLANNER})
    eventually("revoked everywhere", partial(serves, proxied, UNAUTHORIZED), EVERYWHERE)
    left = office.ask("GET", "/sessions", params={"user": made["id"]})["sessions"]
    assert [session["id"] for session in left] == [sessions[1]["id"]]

    # A new password from the administrator: the old one and its sessions are worth nothing.
    proxied = office.log_in(PLANNER, FIRST, office.elsewhere)
    assert serves(proxied, OK)
    office.ask("PATCH", one, json={"password": SECOND})
    eventually("ended everywhere", partial(serves, proxied, UNAUTHORIZED), EVERYWHERE)
    wrong = shape(Client(office.gateway.url).try_login(PLANNER, FIRST))
    proxied = office.log_in(PLANNER, SECOND, office.elsewhere)
    assert serves(proxied, OK)

    # Disabled: as if it were a wrong password. Enabled: in again, but not by what was before.
    assert office.ask("PATCH", one, json={"is_active": False})["is_active"] is False
    eventually("refused everywhere", partial(serves, proxied, UNAUTHORIZED), EVERYWHERE)
    assert shape(Client(office.gateway.url).try_login(PLANNER, SECOND)) == wrong
    assert office.ask("PATCH", one, json={"is_active": True})["is_active"] is True
    assert serves(proxied, UNAUTHORIZED)
    proxied = office.log_in(PLANNER, SECOND, office.elsewhere)
    assert serves(proxied, OK)

    office.ask("DELETE", one, DONE)
    eventually("gone everywhere", partial(serves, proxied, UNAUTHORIZED), EVERYWHERE)
    assert shape(Client(office.gateway.url).try_login(PLANNER, SECOND)) == wrong
    office.ask("GET", one, GONE)

    check_audit(office)
    check_secrets(office)


# Who did it, what, and why: each in the order of the test above.
STORY = [
    (ADMIN, "account-created", None),
    (PLANNER, "login-succeeded", None),
    (PLANNER, "session-began", None),
    *[(None, "login-failed", "wrong-password")] * 5,
    (None, "locked", "pair"),
    (None, "login-failed", "locked-pair"),
    (ADMIN, "unlocked", None),
    (PLANNER, "login-succeeded", None),
    (PLANNER, "session-began", None),
    (ADMIN, "session-revoked", None),
    (PLANNER, "login-succeeded", None),
    (PLANNER, "session-began", None),
    (ADMIN, "password-changed", "by-administrator"),
    (ADMIN, "session-revoked", "password-changed"),
    (None, "login-failed", "wrong-password"),
    (PLANNER, "login-succeeded", None),
    (PLANNER, "session-began", None),
    (ADMIN, "account-disabled", None),
    (ADMIN, "session-revoked", "account-disabled"),
    (None, "login-failed", "disabled"),
    (ADMIN, "account-enabled", None),
    (PLANNER, "login-succeeded", None),
    (PLANNER, "session-began", None),
    (ADMIN, "account-deleted", None),
    (ADMIN, "session-revoked", "account-deleted"),
]


def check_audit(office: Office) -> None:
    """The admin API, the command and the log tell the same story in its order."""

    def told() -> list[dict[str, Any]] | None:
        events = office.audit(PLANNER)
        return events if len(events) == len(STORY) else None

    # Events are written a moment after the answers.
    events = eventually("every event is written", told)
    assert [(event.get("actor"), event["kind"], event.get("reason")) for event in events] == STORY
    assert all(event["user"] == PLANNER and event["address"] == "127.0.0.1" for event in events)
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    ended = [event.get("count") for event in events if event["kind"] == "session-revoked"]
    assert ended == [None, 2, 1, 1]
    listed = office.gateway.command("audit", "--user", PLANNER, "--json", "--limit", "1000")
    assert json.loads(listed.stdout) == events
    logged = {
        line["event_id"]: line
        for gateway in (office.gateway, office.elsewhere)
        for line in gateway.log_lines()
        if "audit" in line
    }
    assert [logged[event["id"]]["audit"] for event in events] == [kind for _, kind, _ in STORY]


def check_secrets(office: Office) -> None:
    """No password and no token is in an audit, in a log, or in anything else that the servers wrote."""
    written = {
        "the command": office.gateway.command("audit", "--limit", "1000").stdout,
        "the API": json.dumps(office.ask("GET", "/audit", params={"limit": 1000})),
        "the users": json.dumps(office.ask("GET", "/users")),
    }
    for path in office.folder.rglob("*"):
        if path.is_file():
            written[str(path)] = path.read_bytes().decode(errors="replace")
    # The search would find what is there.
    for what in ("the command", "the API", "first.log", ".aof"):
        assert any(PLANNER in text for name, text in written.items() if name.endswith(what)), what
    found = [(name, secret) for name, text in written.items() for secret in office.secrets if secret in text]
    assert found == []
    # Redis keeps hashes of passwords, and nobody else shows them.
    assert any(PASSWORD_HASH.search(text) for name, text in written.items() if "/redis/" in name)
    assert [name for name, text in written.items() if PASSWORD_HASH.search(text) and "/redis/" not in name] == []
    assert len(office.secrets) > 6
