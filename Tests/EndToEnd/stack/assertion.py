"""Signs identity assertions as a gateway does, and wrongly on request. Needs the `cryptography` package."""

import base64
import hashlib
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HEADER = "X-Fillgate-Assertion"


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Signer:
    """A key pair, its key set and the tokens that it signs."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.x = encode(public)
        self.key_id = encode(hashlib.sha256(public).digest())[:16]

    def key_set(self) -> str:
        key = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.key_id, "x": self.x}
        return json.dumps({"keys": [key]})

    def token(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A good assertion but for what the arguments change."""
        now = int(time.time())
        payload = {
            "iss": "fillgate",
            "aud": "scheduler",
            "sub": "0192f3c4-0000-7000-8000-000000000001",
            "email": "alice@plant.example",
            "roles": ["user"],
            "sid": "0" * 32,
            "iat": now,
            "exp": now + 30,
            "jti": "0192f3c4-0000-7000-8000-00000000beef",
            **claims,
        }
        head = {"alg": "EdDSA", "kid": self.key_id, "typ": "JWT", **(header or {})}
        signed = f"{encode(json.dumps(head).encode())}.{encode(json.dumps(payload).encode())}"
        return f"{signed}.{encode(self._key.sign(signed.encode()))}"


def verified_claims(token: str, key_set: dict[str, Any]) -> dict[str, Any]:
    """The claims of a token that one of the keys has signed; raises where none has."""
    head, payload, signature = token.split(".")
    key_id = json.loads(decode(head))["kid"]
    [key] = [key for key in key_set["keys"] if key["kid"] == key_id]
    public = Ed25519PublicKey.from_public_bytes(decode(key["x"]))
    public.verify(decode(signature), f"{head}.{payload}".encode())
    return json.loads(decode(payload))
