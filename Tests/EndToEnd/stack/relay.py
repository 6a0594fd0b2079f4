"""Passes logins on to a gateway for a client that cannot take its answers."""

import http.client
import http.server
import threading
from urllib.parse import parse_qs


class Relay:
    """Hydra's form module takes 401 for HTTP authentication and then tries the same password for ever. What
    comes here goes on as it is, and a 401 comes back as a 200 with the same body."""

    def __init__(self, gateway_port: int) -> None:
        self.passwords: list[str] = []
        passwords = self.passwords

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.pass_on(b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                passwords.extend(parse_qs(body.decode())["password"])
                self.pass_on(body)

            def pass_on(self, body: bytes) -> None:
                connection = http.client.HTTPConnection("127.0.0.1", gateway_port, timeout=60)
                fields = {"Content-Type": self.headers.get("Content-Type", "")} if body else {}
                connection.request(self.command, self.path, body or None, fields)
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                self.send_response(200 if answer.status == 401 else answer.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
