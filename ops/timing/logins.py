"""Failed logins of every kind in random order against the real server: does any answer tell who exists?"""

import argparse
import json
import random
import signal
import statistics
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from answers import Answer, log_in
from imports import bcrypt, import_accounts
from report import write
from stack.gateway import Gateway
from stack.rig import Rig

# Of one length, so that requests are.
PASSWORD, WRONG = "four lots before breakfast", "five lots before breakfast"
# Each account's own failures stay below what restricts it by default: 50 in an hour.
ACCOUNTS = 20
# Those that are not heard do not count their failures; restricting one takes fifty.
REFUSED_ACCOUNTS = 5
PAIR, ACCOUNT = 5, 50
UNKNOWN, KNOWN, DISABLED = "unknown", "wrong password", "disabled"
LOCKED, RESTRICTED, IMPORTED = "locked pair", "restricted account", "imported bcrypt"


def say(text: str) -> None:
    print(f"timing: {text}", file=sys.stderr, flush=True)


def addresses() -> Iterator[str]:
    """Loopback addresses, each once, so that no address is ever locked out."""
    for number in range(1, 250 * 250 * 10):
        yield f"127.{10 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


def accounts(kind: str) -> int:
    return REFUSED_ACCOUNTS if kind in (LOCKED, RESTRICTED) else ACCOUNTS


def name(kind: str, number: int) -> str:
    """Names of one length, so that requests are."""
    return f"{kind[:3]}{number:03}@plant.example"


class Scene:
    """A gateway as it is by default, but for the limits of the rate, with accounts of every kind."""

    def __init__(self, rig: Rig) -> None:
        limits = [{"name": "login", "key": ["ip"], "rate": "10000/s", "burst": 10_000}]
        self.gateway: Gateway = rig.gateway(rig.redis(), {}, [], limits=limits)
        self._addresses = addresses()
        self._locked_from: dict[int, str] = {}
        self.kinds = [UNKNOWN, KNOWN, DISABLED, LOCKED, RESTRICTED]

    def prepare(self) -> None:
        for kind in (KNOWN, DISABLED, LOCKED, RESTRICTED):
            for number in range(accounts(kind)):
                self.gateway.add_user(name(kind, number), PASSWORD)
        for number in range(ACCOUNTS):
            done = self.gateway.command("user", "disable", name(DISABLED, number))
            if done.returncode != 0:
                raise RuntimeError(f"user disable exits {done.returncode}: {done.stderr}")
        imported = [(name(IMPORTED, number), bcrypt(PASSWORD)) for number in range(ACCOUNTS)]
        if import_accounts(self.gateway, imported):
            self.kinds.append(IMPORTED)
        # Only now, so that it knows from its first login on which hashes there are.
        self.gateway.start()

    def lock(self) -> None:
        """Fails until pairs are locked and accounts restricted, and makes sure that they are."""
        self._locked_from = {number: next(self._addresses) for number in range(REFUSED_ACCOUNTS)}
        tries = [(name(LOCKED, number), here) for number, here in self._locked_from.items()] * PAIR
        # Another address for every guess, so that nothing but the account is restricted.
        tries += [
            (name(RESTRICTED, number), next(self._addresses))
            for number in range(REFUSED_ACCOUNTS)
            for _ in range(ACCOUNT)
        ]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda one: log_in(self.gateway.port, one[1], one[0], WRONG), tries))
        listed = json.loads(self.gateway.command("lockouts", "--json").stdout)
        for reason, kind in (("pair", LOCKED), ("account", RESTRICTED)):
            found = {lock["email"] for lock in listed if lock["reason"] == reason}
            if found != {name(kind, number) for number in range(REFUSED_ACCOUNTS)}:
                raise RuntimeError(f"{len(found)} locks of kind {reason} instead of {REFUSED_ACCOUNTS}")

    def attempt(self, kind: str, number: int) -> Answer:
        """One more failed login. Where it would be refused anyway the password is right, else it is wrong."""
        address = self._locked_from[number] if kind == LOCKED else next(self._addresses)
        right = kind in (UNKNOWN, DISABLED, LOCKED, RESTRICTED)
        return log_in(self.gateway.port, address, name(kind, number), PASSWORD if right else WRONG)


def measure(logins: int, seed: int) -> dict[str, list[Answer]]:
    with Rig() as rig:
        scene = Scene(rig)
        say("making accounts ...")
        scene.prepare()
        say("locking pairs and restricting accounts ...")
        scene.lock()
        order = [(kind, number % accounts(kind)) for kind in scene.kinds for number in range(logins)]
        random.Random(seed).shuffle(order)
        for kind in scene.kinds:
            scene.attempt(kind, 0)
        answers: dict[str, list[Answer]] = {kind: [] for kind in scene.kinds}
        for done, (kind, number) in enumerate(order, start=1):
            answers[kind].append(scene.attempt(kind, number))
            if done % 500 == 0:
                say(f"{done} of {len(order)} logins")
        return answers


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ops/timing/run", description=__doc__)
    parser.add_argument("--logins", type=int, default=400, help="of each kind, at most 580")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--keep", action="store_true", help="leave docs/threat-model.md as it is")
    found = parser.parse_args()
    if not 20 <= found.logins <= (ACCOUNT - 21) * ACCOUNTS:
        parser.error(f"--logins is from 20 to {(ACCOUNT - 21) * ACCOUNTS}")
    return found


def main() -> None:
    chosen = options()
    # Told to stop, it takes down what it has started, as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        answers = measure(chosen.logins, chosen.seed)
        for kind, found in answers.items():
            say(f"{kind}: median {statistics.median(answer.seconds for answer in found) * 1000:.2f} ms")
        is_fine = write(answers, [UNKNOWN, KNOWN, DISABLED, LOCKED, RESTRICTED, IMPORTED], keep=chosen.keep)
    except (RuntimeError, AssertionError) as fault:
        sys.exit(f"ops/timing/run: {fault}")
    sys.exit(0 if is_fine else 1)


if __name__ == "__main__":
    main()
