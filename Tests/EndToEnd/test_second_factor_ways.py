"""The browser's and the operator's way to a second factor."""

import json
import re
import subprocess
from collections.abc import Iterator

import pytest
import requests

from authenticator import Authenticator
from client import Client
from conftest import PASSWORD
from stack.binaries import binary
from stack.gateway import Gateway
from stack.polling import eventually
from stack.rig import Rig

PAGE = "/second-factor"
EVERYWHERE = 1.0
OK, ELSEWHERE, UNAUTHORIZED, FORBIDDEN, UNFIT = 200, 303, 401, 403, 422
NOTHING_INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=")


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with Rig() as rig:
        yield rig.gateway(rig.redis(), {}, []).start()


class Browser(Client):
    """Keeps cookies, says where its forms come from, and takes pages."""

    def visit(self, path: str) -> requests.Response:
        return self.get(path, headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate"})

    def submit(self, path: str, **fields: str) -> requests.Response:
        return self.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"})


def test_a_user_enrols_on_the_page_and_logs_in_there_with_a_code(gateway: Gateway, address: str) -> None:
    email = "browsing@plant.example"
    gateway.add_user(email, PASSWORD)
    browser = Browser(gateway.url, address)
    sent = browser.visit(PAGE)
    assert (sent.status_code, sent.headers["Location"]) == (ELSEWHERE, "/login?next=/second-factor")
    sent = browser.submit("/login", username=email, password=PASSWORD, code="", next=PAGE)
    assert (sent.status_code, sent.headers["Location"]) == (ELSEWHERE, PAGE)

    page = browser.visit(PAGE)
    assert (page.status_code, page.headers["Cache-Control"]) == (OK, "no-store")
    assert f'action="{PAGE}"' in page.text and 'name="password"' in page.text
    # Another site's form does nothing.
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
    assert browser.post(PAGE, data={"password": PASSWORD}, headers=foreign).status_code == FORBIDDEN
    wrong = browser.submit(PAGE, password="surely not the password")
    assert wrong.status_code == FORBIDDEN and 'role="alert"' in wrong.text

    page = browser.submit(PAGE, password=PASSWORD)
    assert page.status_code == OK and "<svg" in page.text
    secret = shown(page)[0]
    app = Authenticator(
        f"otpauth://totp/fillgate:{email}?secret={secret}&issuer=fillgate&algorithm=SHA1&digits=6&period=30"
    )
    page = browser.submit(f"{PAGE}/confirm", code=app.wrong())
    assert page.status_code == UNFIT and 'role="alert"' in page.text
    assert shown(page) == [], "the secret is for whoever has just proved the password"
    other = Browser(gateway.url, address)
    other.submit("/login", username=email, password=PASSWORD)
    assert other.visit(PAGE).status_code == OK
    before = browser.http.cookies["fillgate"]
    page = browser.submit(f"{PAGE}/confirm", code=app.fresh())
    assert page.status_code == OK
    codes = shown(page)
    assert len(codes) == 10
    # New rights come with a new token, and the sessions that began without a code end.
    assert browser.http.cookies["fillgate"] != before
    eventually("other sessions end", lambda: other.visit(PAGE).status_code == ELSEWHERE, EVERYWHERE)
    assert "Recovery codes left: 10" in browser.visit(PAGE).text

    assert browser.submit("/logout").status_code == ELSEWHERE
    assert browser.visit(PAGE).status_code == ELSEWHERE
    for code in ("", app.wrong()):
        again = browser.submit("/login", username=email, password=PASSWORD, code=code, next=PAGE)
        assert again.status_code == UNAUTHORIZED and 'role="alert"' in again.text
        assert email not in again.text
    for code in (app.fresh(), codes[0]):
        sent = browser.submit("/login", username=email, password=PASSWORD, code=code, next=PAGE)
        assert (sent.status_code, sent.headers["Location"]) == (ELSEWHERE, PAGE)
    assert "Recovery codes left: 9" in browser.visit(PAGE).text


def shown(page: requests.Response) -> list[str]:
    """What stands there to be typed elsewhere, on a page that brings nothing inline."""
    assert not NOTHING_INLINE.search(page.text)
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy and "frame-ancestors 'none'" in policy
    return re.findall(r"<code>([^<]+)</code>", page.text)


class Enrolment:
    """`fillgate user totp enrol`, which talks with whoever runs it."""

    def __init__(self, gateway: Gateway, email: str) -> None:
        self._process = subprocess.Popen(
            [str(binary("fillgate")), "user", "totp", "enrol", email, "--config", str(gateway.config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        lines = []
        for line in self._process.stdout:
            lines.append(line)
            if line.startswith("otpauth://"):
                break
        self.app = Authenticator(lines[-1].strip())
        assert f"Secret: {self.app.secret}\n" in lines
        # The QR code stands above.
        assert len(lines) > 20

    def answer(self, *codes: str) -> tuple[int, str]:
        """The exit status and what else was said."""
        said, _ = self._process.communicate("".join(f"{code}\n" for code in codes), timeout=60)
        return self._process.returncode, said


def test_an_operator_gives_an_account_a_factor_and_takes_it_away(gateway: Gateway, address: str) -> None:
    email = "served@plant.example"
    gateway.add_user(email, PASSWORD)

    def login(**others: str) -> int:
        body = {"email": email, "password": PASSWORD, **others}
        return Client(gateway.url, address).post("/api/v1/auth/login", json=body).status_code

    def is_out(client: Client) -> bool:
        return client.get("/api/v1/auth/me").status_code == UNAUTHORIZED

    # Whoever does not show that the app works gets nothing.
    failed = Enrolment(gateway, email)
    assert failed.answer(*[failed.app.wrong()] * 3)[0] == 1
    assert Enrolment(gateway, email).answer()[0] == 1
    assert login() == OK

    client = Client(gateway.url, address).log_in(email, PASSWORD)
    enrolment = Enrolment(gateway, email)
    code, said = enrolment.answer(enrolment.app.wrong(), enrolment.app.fresh())
    assert code == 0, said
    recovery = re.findall(r"^ +([a-z2-7]{4}(?:-[a-z2-7]{4}){5})$", said, re.MULTILINE)
    assert len(recovery) == 10
    eventually("its sessions end", lambda: is_out(client), EVERYWHERE)
    assert login() == UNAUTHORIZED
    assert login(code=enrolment.app.fresh()) == OK
    assert login(code=recovery[0]) == OK
    again = gateway.command("user", "totp", "enrol", email, "--without-confirmation", "--json")
    assert again.returncode == 1
    assert "totp reset" in again.stderr

    assert gateway.command("user", "totp", "reset", email).returncode == 0
    assert login() == OK
    assert gateway.command("user", "totp", "reset", email).returncode == 1
    listed = json.loads(gateway.command("audit", "--user", email, "--json").stdout)
    kinds = [event["kind"] for event in listed if event["kind"].startswith("second-factor")]
    assert kinds == ["second-factor-enrolled", "second-factor-removed"]
    for secret in (failed.app.secret, enrolment.app.secret, *recovery):
        assert secret not in gateway.running.log.read_text() + json.dumps(listed)
