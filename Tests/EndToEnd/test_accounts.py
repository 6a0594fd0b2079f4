"""Accounts come and go by the hundred thousand, and newcomers make their own where they may."""

import json
import re
import subprocess
import time
from pathlib import Path

from client import Client
from conftest import PASSWORD, Recording
from stack.binaries import binary
from stack.gateway import Gateway
from stack.polling import eventually
from stack.rig import Rig

# What Python's bcrypt and Werkzeug wrote for this password.
PHRASE = "café correct horse battery"
BCRYPT = "$2b$04$yCI8x0KrPcnQTKtb9rKhN.kCAN34zreZYa88EFQUGEX2wlwyDwaR."
PBKDF2 = (
    "pbkdf2:sha256:1000$iDAKdrfEhQJydJg0$80487f398007a9d42347ed3e550ef4b0ed200663130cce1bcc9e556b7dab0a99"
)
MANY = 100_000
# More than a page of accounts takes, less than all of them do.
BOUND_KIB = 24 << 10


def line(email: str, password_hash: str) -> str:
    return json.dumps({"email": email, "password_hash": password_hash}) + "\n"


def peak(gateway: Gateway, output: Path, *words: str) -> int:
    """Runs a command with its output in a file; answers the most memory that it had, in KiB.

    Asked of the kernel while it runs: what `wait` tells afterwards includes this process before the `exec`.
    """
    most = 0
    with output.open("wb") as file:
        command = [str(binary("fillgate")), *words, "--config", str(gateway.config)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file)
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            most = max(most, int(found[1]) if found else 0)
            time.sleep(0.02)
    assert process.returncode == 0, words
    return most


def test_a_hundred_thousand_accounts_stream_in_and_out_in_bounded_memory(rig: Rig) -> None:
    gateway = rig.gateway(rig.redis(), {}, [])
    folder = rig.folder
    few, many = folder / "few.jsonl", folder / "many.jsonl"
    few.write_text("".join(line(f"few{n}@plant.example", BCRYPT) for n in range(100)))
    many.write_text("".join(line(f"user{n:06}@plant.example", BCRYPT) for n in range(MANY - 100)))
    output = folder / "output"
    commands = [
        ("user", "import", str(few)),
        ("user", "list", "--json"),
        ("user", "list"),
        ("user", "export", "--with-hashes"),
        ("user", "hashes"),
    ]
    of_few = [peak(gateway, output, *words) for words in commands]
    commands[0] = ("user", "import", str(many))
    of_many = []
    for words in commands:
        of_many.append(peak(gateway, output, *words))
        if words[1:] == ("list", "--json"):
            emails = [row["email"] for row in json.loads(output.read_text())]
            assert len(emails) == MANY
            assert emails == sorted(emails)
        elif words[1] in ("list", "export"):
            header = 1 if words[1] == "list" else 0
            assert len(output.read_text().splitlines()) == MANY + header
    for words, small, large in zip(commands, of_few, of_many, strict=True):
        assert large - small < BOUND_KIB, (words, small, large)


def test_imported_accounts_log_in_with_their_old_passwords(recording: Recording, address: str) -> None:
    gateway = recording.gateway
    done = gateway.command(
        "user",
        "import",
        stdin=line("bcrypt@plant.example", BCRYPT) + line("werkzeug@plant.example", PBKDF2),
    )
    assert done.returncode == 0, done.stderr

    def is_known() -> bool:
        told = [entry["schemes"] for entry in gateway.log_lines() if "schemes" in entry]
        return bool(told) and "$2b$04" in told[-1] and "pbkdf2:sha256:1000" in told[-1]

    eventually("the worker computes such hashes for every login", is_known)
    client = Client(gateway.url, address)
    for email in ("bcrypt@plant.example", "werkzeug@plant.example"):
        assert client.try_login(email, "café incorrect horse").status_code == 401
        assert client.try_login(email, PHRASE).status_code == 200
        assert client.try_login(email, PHRASE).status_code == 200
    counted = {
        row["form"]: row["accounts"] for row in json.loads(gateway.command("user", "hashes", "--json").stdout)
    }
    assert counted["$2b$04"] == 0
    assert counted["pbkdf2:sha256:1000"] == 0
    assert "$2b$04" not in gateway.command("user", "hashes", "--tidy").stdout


def test_registration_is_closed_unless_it_is_opened(recording: Recording, address: str) -> None:
    newcomer = {"email": "newcomer@plant.example", "password": PASSWORD}
    answer = Client(recording.gateway.url, address).post("/api/v1/auth/register", json=newcomer)
    assert answer.status_code == 403
    assert answer.json()["code"] == "registration-closed"


def test_open_registration_takes_five_an_hour_from_an_address(rig: Rig, address: str) -> None:
    upstream = rig.recorder()
    gateway = rig.gateway(rig.redis(), {"recorder": upstream.address}, [], login={"registration": "open"})
    gateway.start()
    client = Client(gateway.url, address)

    def register(who: Client, email: str, password: str = PASSWORD):
        return who.post("/api/v1/auth/register", json={"email": email, "password": password})

    made = register(client, "one@plant.example")
    assert made.status_code == 201, made.text
    assert set(made.json()) == {"id", "email", "is_active", "is_superuser", "created_at"}
    # Whatever comes of it, it counts.
    assert register(client, "One@plant.example").status_code == 409
    assert register(client, "two@plant.example", "too short").status_code == 422
    assert register(client, "two@plant.example").status_code == 201
    assert register(client, "more@plant.example").status_code == 201
    refused = register(client, "three@plant.example")
    assert refused.status_code == 429
    assert '"register"' in refused.json()["detail"]
    assert int(refused.headers["Retry-After"]) > 60
    # Others are not concerned, and neither are logins.
    assert register(Client(gateway.url, "127.0.98.1"), "three@plant.example").status_code == 201
    assert client.try_login("one@plant.example", PASSWORD).status_code == 200
