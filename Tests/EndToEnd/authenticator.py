"""An authenticator app: codes of a secret that change every half minute (RFC 6238 over RFC 4226)."""

import base64
import hashlib
import hmac
import struct
import time
from urllib.parse import parse_qs, unquote, urlsplit

from stack.polling import eventually

PERIOD, DIGITS = 30, 6
# A code that is asked for this shortly before the end of its half minute may be late where it goes.
MARGIN = 5


class Authenticator:
    """Reads what a QR code says; gives each code once."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        assert (parts.scheme, parts.netloc) == ("otpauth", "totp"), uri
        fields = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert (fields["algorithm"], fields["digits"], fields["period"]) == ("SHA1", "6", "30")
        self.issuer, _, self.account = unquote(parts.path.removeprefix("/")).partition(":")
        assert fields["issuer"] == self.issuer
        self.secret = fields["secret"]
        self._last = 0

    def code(self, step: int) -> str:
        key = base64.b32decode(self.secret + "=" * (-len(self.secret) % 8))
        mac = hmac.digest(key, struct.pack(">Q", step), hashlib.sha1)
        word = struct.unpack_from(">I", mac, mac[-1] & 0x0F)[0] & 0x7FFF_FFFF
        return f"{word % 10**DIGITS:0{DIGITS}}"

    def fresh(self) -> str:
        """A code that counts now and comes after all that this has given: the half minute before and the one
        to come count too, so that three can be had without waiting."""
        earliest = int(time.time() + MARGIN) // PERIOD - 1
        step = self._last = max(self._last + 1, earliest)
        eventually("the code counts", lambda: step <= int(time.time()) // PERIOD + 1, within=2 * PERIOD)
        return self.code(step)

    def wrong(self) -> str:
        """Six digits that are no code of any time near."""
        now = int(time.time()) // PERIOD
        near = {self.code(now + offset) for offset in range(-5, 6)}
        return next(code for code in map("{:06}".format, range(100)) if code not in near)
