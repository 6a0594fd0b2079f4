"""Whoever has enrolled a second factor logs in with the password and a code, and nobody else learns of it."""

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from authenticator import Authenticator
from client import Client
from conftest import PASSWORD
from shapes import shape
from stack.gateway import Gateway
from stack.polling import eventually
from stack.rig import Rig

TOTP = "/api/v1/auth/totp"
WRONG = "surely not the password"
NEXT = "a wholly different sentence"
EVERYWHERE = 1.0
OK, DONE, UNAUTHORIZED, FORBIDDEN, GONE, TAKEN, UNFIT = 200, 204, 401, 403, 404, 409, 422


@dataclass
class Scene:
    """A gateway that seals secrets."""

    gateway: Gateway
    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def user(self) -> str:
        email = f"user{next(self._numbers)}@plant.example"
        self.gateway.add_user(email, PASSWORD)
        return email

    def enrolled(self, address: str) -> "Enrolled":
        """Somebody new who has enrolled over the API from that address."""
        email = self.user()
        client = Client(self.gateway.url, address).log_in(email, PASSWORD)
        offer = client.post(TOTP, json={"password": PASSWORD})
        assert offer.status_code == OK, offer.text
        app = Authenticator(offer.json()["uri"])
        done = client.post(f"{TOTP}/confirm", json={"code": app.fresh()})
        assert done.status_code == OK, done.text
        return Enrolled(email, client, app, done.json()["recovery_codes"])

    def login(self, email: str, address: str, password: str = PASSWORD, **others: str) -> Any:
        """The answer to somebody on a device that is not known."""
        client = Client(self.gateway.url, address)
        body = {"email": email, "password": password, **others}
        return client.post("/api/v1/auth/login", json=body)

    def events(self, email: str) -> list[tuple[str, str | None]]:
        """Kind and reason, oldest first, from the log."""
        return [
            (line["audit"], line.get("reason"))
            for line in self.gateway.log_lines()
            if "audit" in line and line.get("email") == email
        ]

    def written(self) -> dict[str, str]:
        """Everything that the gateway and Redis wrote, by file."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes().decode(errors="replace") for path in files}


@dataclass
class Enrolled:
    email: str
    client: Client
    app: Authenticator
    recovery: list[str]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Rig() as rig:
        key = rig.folder / "second-factor.key"
        key.touch(0o600)
        key.write_bytes(os.urandom(32))
        login = {"second-factor": {"key-file": str(key)}}
        gateway = rig.gateway(rig.redis(), {}, [], login=login).start()
        yield Scene(gateway, rig.folder)


def test_a_user_enrols_over_the_api_and_then_logs_in_with_a_code_that_counts_once(
    scene: Scene, address: str
) -> None:
    email = scene.user()
    client = Client(scene.gateway.url, address).log_in(email, PASSWORD)
    other = Client(scene.gateway.url, address).log_in(email, PASSWORD)
    assert client.get(TOTP).json() == {"enrolled": False, "required": False, "recovery_codes": 0}
    refused = client.post(TOTP, json={"password": WRONG})
    assert (refused.status_code, refused.json()["code"]) == (FORBIDDEN, "invalid-credentials")
    offer = client.post(TOTP, json={"password": PASSWORD}).json()
    app = Authenticator(offer["uri"])
    assert (app.account, app.secret) == (email, offer["secret"])
    assert offer["qr"].startswith("<svg")

    # It does not count before it is confirmed.
    assert scene.login(email, address).status_code == OK
    unfit = client.post(f"{TOTP}/confirm", json={"code": app.wrong()})
    assert (unfit.status_code, unfit.json()["errors"][0]["field"]) == (UNFIT, "code")
    codes = client.post(f"{TOTP}/confirm", json={"code": app.fresh()}).json()["recovery_codes"]
    assert len(set(codes)) == 10
    assert client.get(TOTP).json() == {"enrolled": True, "required": False, "recovery_codes": 10}
    ended = partial(other.get, "/api/v1/auth/me")
    eventually("other sessions end", lambda: ended().status_code == UNAUTHORIZED, EVERYWHERE)

    wrong = shape(scene.login(email, address, WRONG))
    assert wrong[0] == UNAUTHORIZED
    assert shape(scene.login(email, address)) == wrong
    assert shape(scene.login(email, address, code=app.wrong())) == wrong
    code = app.fresh()
    assert scene.login(email, address, code=code).status_code == OK
    assert shape(scene.login(email, address, code=code)) == wrong
    # As people type it, and as a form.
    code = app.fresh()
    form = {"username": email, "password": PASSWORD, "code": f"{code[:3]} {code[3:]}"}
    answer = Client(scene.gateway.url, address).post("/api/v1/auth/login", data=form)
    assert answer.status_code == OK, answer.text
    again = client.post(TOTP, json={"password": PASSWORD, "code": codes[0]})
    assert (again.status_code, again.json()["code"]) == (TAKEN, "second-factor-enrolled")

    reasons = [reason for kind, reason in scene.events(email) if kind == "login-failed"]
    assert reasons == [
        *["wrong-password"] * 2,
        "second-factor-missing",
        # A code that is none, and one that was used.
        *["second-factor-wrong"] * 2,
    ]
    assert ("second-factor-enrolled", None) in scene.events(email)
    written = scene.written()
    assert any(email in text for text in written.values())
    for secret in (app.secret, *codes, *(code.replace("-", "") for code in codes)):
        assert [name for name, text in written.items() if secret in text] == []


def test_a_recovery_code_stands_in_for_the_app_once(scene: Scene, address: str) -> None:
    user = scene.enrolled(address)
    wrong = shape(scene.login(user.email, address, WRONG))
    first, second = user.recovery[:2]
    assert scene.login(user.email, address, code=first).status_code == OK
    assert shape(scene.login(user.email, address, code=first)) == wrong
    assert scene.login(user.email, address, code=second.replace("-", "").upper()).status_code == OK
    assert shape(scene.login(user.email, address, code=second)) == wrong
    assert user.client.get(TOTP).json()["recovery_codes"] == 8
    assert scene.events(user.email).count(("recovery-code-used", None)) == 2


def test_guessing_codes_is_guessing(scene: Scene, address: str) -> None:
    """Who knows the password has five attempts at the code, like everybody else at everything."""
    user = scene.enrolled(address)
    for _ in range(5):
        assert scene.login(user.email, address, code=user.app.wrong()).status_code == UNAUTHORIZED
    code = user.app.fresh()
    assert scene.login(user.email, address, code=code).status_code == UNAUTHORIZED
    assert user.email in scene.gateway.command("lockouts").stdout
    # What a lock refused was not used up.
    assert scene.gateway.command("unlock", user.email).returncode == 0
    assert scene.login(user.email, address, code=code).status_code == OK


def test_the_password_and_the_factor_itself_are_changed_with_a_code_only(scene: Scene, address: str) -> None:
    user = scene.enrolled(address)
    change = {"current_password": PASSWORD, "new_password": NEXT}
    put = partial(user.client.call, "PUT", "/api/v1/auth/password")
    assert put(json=change).status_code == FORBIDDEN
    assert put(json={**change, "code": user.app.fresh()}).status_code == DONE
    for body in ({"password": NEXT}, {"password": PASSWORD, "code": user.recovery[0]}):
        refused = user.client.delete(TOTP, json=body)
        assert (refused.status_code, refused.json()["code"]) == (FORBIDDEN, "invalid-credentials")
    assert user.client.delete(TOTP, json={"password": NEXT, "code": user.app.fresh()}).status_code == DONE
    assert user.client.get(TOTP).json() == {"enrolled": False, "required": False, "recovery_codes": 0}
    assert scene.login(user.email, address, NEXT).status_code == OK
    assert user.client.delete(TOTP, json={"password": NEXT}).status_code == GONE
    assert ("second-factor-removed", "by-owner") in scene.events(user.email)


def test_who_must_have_a_factor_and_has_none_is_answered_as_if_the_password_were_wrong(
    rig: Rig, address: str
) -> None:
    login = {"second-factor": {"required-for": ["admin"]}}
    gateway = rig.gateway(rig.redis(), {}, [], login=login).start()
    scene = Scene(gateway, rig.folder)
    root, planner = "root@plant.example", scene.user()
    gateway.add_user(root, PASSWORD, admin=True)
    assert scene.login(planner, address).status_code == OK
    wrong = shape(scene.login(root, address, WRONG))
    assert shape(scene.login(root, address)) == wrong
    assert ("login-failed", "second-factor-not-enrolled") in scene.events(root)

    done = gateway.command("user", "totp", "enrol", root, "--without-confirmation", "--json")
    assert done.returncode == 0, done.stderr
    app = Authenticator(json.loads(done.stdout)["uri"])
    assert shape(scene.login(root, address)) == wrong
    answer = scene.login(root, address, code=app.fresh())
    assert answer.status_code == OK
    admin = Client(gateway.url, address)
    admin.bear(answer.json()["access_token"])
    assert admin.get("/api/v1/admin/users").status_code == OK
    assert admin.get(TOTP).json() == {"enrolled": True, "required": True, "recovery_codes": 10}
    kept = admin.delete(TOTP, json={"password": PASSWORD, "code": app.fresh()})
    assert (kept.status_code, kept.json()["code"]) == (TAKEN, "second-factor-required")

    # The phone is lost: out at once, and not in again before there is another.
    assert gateway.command("user", "totp", "reset", root).returncode == 0
    asked = partial(admin.get, "/api/v1/auth/me")
    eventually("the session ends", lambda: asked().status_code == UNAUTHORIZED, EVERYWHERE)
    assert shape(scene.login(root, address)) == wrong
