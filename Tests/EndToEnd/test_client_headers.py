"""What a client says of itself changes nothing: who, whence and which request are the gateway's to say."""

import pytest

from client import Client
from conftest import PASSWORD, Recording
from stack.assertion import HEADER, Signer, verified_claims
from stack.wire import exchange

CHOSEN_ID = "chosen-by-the-client-1"


def test_pain_30_an_upstream_hears_who_asks_from_the_gateway_only(recording: Recording) -> None:
    client = recording.client()
    forged = Signer().token(email="root@plant.example", roles=["admin"])
    answer = client.get("/mine/page", headers={HEADER: forged})
    seen = recording.upstream.last()
    assert seen.path == "/mine/page"
    token = seen.one(HEADER)
    assert token != forged
    claims = verified_claims(token, client.get("/.well-known/fillgate-jwks.json").json())
    assert claims["email"] == "alice@plant.example"
    assert claims["roles"] == ["user"]
    assert claims["aud"] == "recorder"
    assert claims["sub"] == client.get("/api/v1/auth/me").json()["id"]
    assert claims["jti"] == answer.headers["X-Request-ID"] == seen.one("X-Request-ID")
    assert 0 < claims["exp"] - claims["iat"] <= 60


@pytest.mark.parametrize("spelling", [HEADER, HEADER.lower(), HEADER.upper(), HEADER.replace("-", "_")])
def test_pain_30_on_a_route_for_all_a_forged_assertion_does_not_arrive(
    recording: Recording, spelling: str
) -> None:
    header = f"{spelling}: {Signer().token()}\r\nConnection: close\r\n"
    request = f"GET /open/forged HTTP/1.1\r\nHost: plant\r\n{header}\r\n"
    assert exchange(recording.gateway.port, request.encode()).status == 200
    names = {name.replace("_", "-") for name, _ in recording.upstream.under("/open/forged")[-1].headers}
    assert HEADER.lower() not in names


def test_pain_13_the_client_address_is_the_connections_whatever_the_client_says(
    recording: Recording, address: str
) -> None:
    claims = {
        "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
        "X-Real-IP": "203.0.113.9",
        "Forwarded": "for=203.0.113.9",
        "X_Forwarded_For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "elsewhere.example",
    }
    Client(recording.gateway.url, address).get("/open/address", headers=claims)
    seen = recording.upstream.under("/open/address")[-1]
    assert seen.one("X-Forwarded-For") == address
    assert seen.one("X-Forwarded-Proto") == "http"
    assert not any("203.0.113.9" in value or "elsewhere" in value for _, value in seen.headers)


def test_pain_13_a_made_up_address_does_not_get_round_a_limit(recording: Recording, address: str) -> None:
    client = Client(recording.gateway.url, address)
    statuses = [
        client.get("/narrow/page", headers={"X-Forwarded-For": f"203.0.113.{number}"}).status_code
        for number in range(5)
    ]
    assert statuses == [200, 200, 200, 429, 429]


def test_pain_32_the_request_id_is_the_gateways_own(recording: Recording) -> None:
    answer = Client(recording.gateway.url).get("/open/id", headers={"X-Request-ID": CHOSEN_ID})
    seen = recording.upstream.under("/open/id")[-1]
    assert answer.headers["X-Request-ID"] == seen.one("X-Request-ID") != CHOSEN_ID


def test_pain_21_no_credential_that_the_gateway_consumed_reaches_an_upstream(recording: Recording) -> None:
    client = recording.client()
    client.get("/mine/bearer")
    seen = recording.upstream.under("/mine/bearer")[-1]
    assert not seen.all("Authorization")

    browser = Client(recording.gateway.url)
    login = browser.post(
        "/login",
        data={"username": "alice@plant.example", "password": PASSWORD},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert login.status_code == 303
    browser.get("/mine/cookie", headers={"Cookie": f"theme=dark; {cookie_of(login)}; lang=en"})
    seen = recording.upstream.under("/mine/cookie")[-1]
    assert seen.one("Cookie") == "theme=dark; lang=en"
    assert not any(client.token in value or cookie_of(login) in value for _, value in seen.headers)


def cookie_of(login) -> str:
    return login.headers["Set-Cookie"].split(";")[0]


def test_an_authorization_that_is_not_the_gateways_passes_on_a_route_for_all(recording: Recording) -> None:
    Client(recording.gateway.url).get("/open/basic", headers={"Authorization": "Basic dXNlcjpwYXNz"})
    assert recording.upstream.under("/open/basic")[-1].one("Authorization") == "Basic dXNlcjpwYXNz"
