"""A new configuration is taken without anybody noticing who does not have to."""

import datetime
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stack.gateway import Gateway
from stack.load import Load
from stack.rig import Rig

ROUTES = [{"path": "/open/**", "upstream": "main", "require": "anonymous", "limits": []}]


class Piecemeal:
    """An upstream that upgrades to an echo, or answers ten bytes of which each waits for `next`."""

    def __init__(self) -> None:
        self.next = threading.Semaphore(0)
        self._socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            line = stream.readline()
            for _ in iter(stream.readline, b"\r\n"):
                pass
            if b"/ws" in line:
                connection.sendall(
                    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    b"Sec-WebSocket-Accept: k\r\n\r\n"
                )
                while received := connection.recv(65_536):
                    connection.sendall(received)
            elif b"/slow" in line:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
                for digit in range(10):
                    self.next.acquire()
                    connection.sendall(b"%d" % digit)
            elif line:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def stop(self) -> None:
        self._socket.close()


@contextmanager
def piecemeal() -> Iterator[Piecemeal]:
    upstream = Piecemeal()
    try:
        yield upstream
    finally:
        upstream.stop()


def head(stream) -> bytes:
    return b"".join(iter(stream.readline, b"\r\n"))


def test_pain_31_a_websocket_and_a_slow_download_survive_ten_reloads(rig: Rig) -> None:
    with piecemeal() as upstream:
        gateway = rig.gateway(rig.redis(), {"main": upstream.address}, ROUTES).start()
        web = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
        slow = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
        with web, slow, web.makefile("rb") as answers, slow.makefile("rb") as download:
            web.sendall(
                b"GET /open/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            assert head(answers).startswith(b"HTTP/1.1 101 ")
            slow.sendall(b"GET /open/slow HTTP/1.1\r\nHost: a\r\n\r\n")
            assert head(download).startswith(b"HTTP/1.1 200 ")
            for number in range(10):

                def change(content: dict[str, Any], number: int = number) -> None:
                    content["upstreams"]["main"]["response-timeout"] = f"{20 + number}s"
                    content["routes"][0]["body-limit"] = f"{1 + number}MiB"
                    content["redis"]["deadline"] = f"{1000 + number}ms"

                gateway.configure(change)
                assert gateway.reload()["message"] == "reloaded"
                frame = b"\x81\x81" + bytes(4) + b"%d" % number
                web.sendall(frame)
                assert answers.read(len(frame)) == frame
                upstream.next.release()
                assert download.read(1) == b"%d" % number
        assert gateway.stop() == 0


def test_clients_under_load_notice_nothing_of_twenty_reloads_of_everything(rig: Rig) -> None:
    one, two = rig.recorder(), rig.recorder()
    gateway = rig.gateway(rig.redis(), {"main": one.address}, ROUTES, **{"event-loops": 2}).start()
    with Load(gateway.port, clients=8) as load:
        for number in range(20):

            def change(content: dict[str, Any], number: int = number) -> None:
                content["upstreams"]["main"]["addresses"] = [[one, two][number % 2].address]
                content["redis"]["deadline"] = f"{1000 + number}ms"
                content["connections"] = {"header-count": 50 + number}
                content["login"] = {"hash-queue": 10 + number}
                content["log"] = {"level": ["info", "debug"][number % 2]}

            gateway.configure(change)
            assert gateway.reload()["message"] == "reloaded"
    assert load.account.lost == {}
    assert load.account.answered > 20
    assert load.account.closed == 0
    assert load.account.answered == len(one.under("/open/")) + len(two.under("/open/"))


def certificate(folder: Path, name: str) -> None:
    """A certificate for `name` and its key, where the gateway's configuration says they are."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "server.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    path = folder / "server.key"
    path.touch(0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def connect(gateway: Gateway) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", gateway.port), timeout=20))


def shown(connection: ssl.SSLSocket) -> str:
    der = connection.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


def asks(connection: ssl.SSLSocket) -> bool:
    connection.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    with connection.makefile("rb") as stream:
        first = head(stream)
        return first.startswith(b"HTTP/1.1 200 ") and stream.read(15) == b'{"status":"ok"}'


def test_a_certificate_is_replaced_and_a_bad_one_keeps_the_old(rig: Rig) -> None:
    certificate(rig.folder, "first")
    gateway = rig.gateway(rig.redis(), {}, [])
    files = {"certificate": str(rig.folder / "server.crt"), "key": str(rig.folder / "server.key")}
    gateway.configure(lambda content: content["listen"][0].update(tls=files))
    gateway.start()
    with connect(gateway) as before:
        assert shown(before) == "CN=first"
        assert asks(before)
        certificate(rig.folder, "second")
        assert gateway.reload()["message"] == "reloaded"
        with connect(gateway) as after:
            assert shown(after) == "CN=second"
            assert asks(after)
        assert asks(before)
        # One that is new and does not load refuses the whole reload.
        os.truncate(rig.folder / "server.crt", 10)

        def change(content: dict[str, Any]) -> None:
            content["listen"][0]["tls"]["min-version"] = "1.3"
            content["issuer"] = "somebody else"

        gateway.configure(change)
        assert gateway.reload()["message"] != "reloaded"
        with connect(gateway) as after:
            assert shown(after) == "CN=second"
        assert asks(before)
    assert gateway.program is not None
    assert "PRIVATE KEY" not in gateway.program.log.read_text()
