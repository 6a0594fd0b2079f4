"""Accounts with hashes from elsewhere."""

import ctypes
import ctypes.util
import json
import secrets

from stack.gateway import Gateway

# What many libraries use by default.
COST = 10
ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def bcrypt(password: str) -> str:
    """A `$2b$` hash by the C library's own crypt."""
    library = ctypes.CDLL(ctypes.util.find_library("crypt") or "libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    # The last of 22 characters carries two bits only.
    salt = "".join(secrets.choice(ALPHABET) for _ in range(21)) + "."
    found = library.crypt(password.encode(), f"$2b${COST}${salt}".encode())
    if not found or not found.startswith(b"$2b$"):
        raise RuntimeError("this machine's crypt(3) knows no bcrypt")
    return found.decode()


def import_accounts(gateway: Gateway, accounts: list[tuple[str, str]]) -> bool:
    """Imports accounts and their hashes; false where this version cannot."""
    if "fillgate user import" not in gateway.command("user", "import", "--help").stdout:
        return False
    lines = [json.dumps({"email": email, "password_hash": found}) for email, found in accounts]
    done = gateway.command("user", "import", stdin="\n".join(lines) + "\n")
    if done.returncode != 0:
        raise RuntimeError(f"user import exits {done.returncode}: {done.stderr}{done.stdout}")
    return True
