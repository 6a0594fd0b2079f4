"""A tiny upstream that remembers what reached it."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Recorded:
    """One request as the upstream saw it: header names in lower case, repeated ones kept."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    def one(self, name: str) -> str:
        values = self.all(name)
        assert len(values) == 1, f"{name}: {values}"
        return values[0]


@dataclass
class Recorder:
    """Answers 200 to everything; `/…/hold` only once `release` is set.

    Health checks and requests that break off are not recorded.
    """

    requests: list[Recorded] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def record(self, request: Recorded) -> None:
        with self._lock:
            self.requests.append(request)

    def last(self) -> Recorded:
        with self._lock:
            return self.requests[-1]

    def under(self, prefix: str) -> list[Recorded]:
        with self._lock:
            return [request for request in self.requests if request.path.startswith(prefix)]

    def stop(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()


class BrokenOff(Exception):
    """The connection ended before the request did."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def _handler(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            try:
                body = self._read_body()
            except BrokenOff:
                self.close_connection = True
                return
            if self.path != "/ready":
                headers = [(name.lower(), value) for name, value in self.headers.items()]
                recorder.record(Recorded(self.command, self.path, headers, body))
            if self.path.endswith("/hold"):
                recorder.held.set()
                recorder.release.wait(30)
            self._answer(json.dumps({"path": self.path, "bytes": len(body)}).encode())

        def _read_body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return b"".join(iter(self._read_chunk, b""))
            return self._read(int(self.headers.get("Content-Length", 0)))

        def _read_chunk(self) -> bytes:
            line = self.rfile.readline()
            if not line.endswith(b"\n"):
                raise BrokenOff
            chunk = self._read(int(line.split(b";")[0], 16))
            self.rfile.readline()
            return chunk

        def _read(self, size: int) -> bytes:
            content = self.rfile.read(size)
            if len(content) < size:
                raise BrokenOff
            return content

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    return Handler
