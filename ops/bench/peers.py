"""Starts what Fillgate is measured against, each on a free port."""

import json
import os
import pwd
import socket
from pathlib import Path

from processors import MEASURED, OTHERS, pinned
from stack.polling import eventually
from stack.program import Program, accepts, free_port

HERE = Path(__file__).parent
DOCUMENT_BYTES = 1147
SESSIONS = 1000


class Peers:
    """The backend, Redis, nginx and nginx with Lua, while the context lasts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.backend, self.redis, self.nginx, self.lua = (free_port() for _ in range(4))
        self.programs: dict[str, Program] = {}

    def __enter__(self) -> "Peers":
        self._start_redis()
        self._start_nginx("backend", "backend.conf", self.backend, OTHERS, DOCUMENT=document())
        self._start_nginx("nginx", "nginx.conf", self.nginx, MEASURED)
        self._start_nginx("lua", "nginx.conf", self.lua, MEASURED, **self._lua_parts())
        self._write_sessions()
        return self

    def __exit__(self, *fault: object) -> None:
        for program in reversed(self.programs.values()):
            program.stop()

    def _start_redis(self) -> None:
        command: list[str | Path] = [
            "redis-server",
            HERE / "peers/redis.conf",
            "--port",
            str(self.redis),
            "--dir",
            self._folder,
        ]
        self._start("redis", command, self.redis, OTHERS)

    def _start_nginx(self, name: str, template: str, port: int, processor: str, **parts: str) -> None:
        text = (HERE / "peers" / template).read_text()
        # nginx gives up root for a user that may not read the scratch folder, unless it is told not to.
        user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
        values = {"MODULES": "", "PRELUDE": "", "ACCESS": "", **parts}
        values |= {"USER": user, "RUN": str(self._folder), "NAME": name, "PORT": str(port)}
        for key, value in (values | {"BACKEND": str(self.backend)}).items():
            text = text.replace(f"@{key}@", value)
        configuration = self._folder / f"{name}.conf"
        configuration.write_text(text)
        self._start(name, ["nginx", "-c", configuration], port, processor)

    def _start(self, name: str, command: list[str | Path], port: int, processor: str) -> None:
        self.programs[name] = Program(name, pinned(processor, command), self._folder)
        self.programs[name].until("accepts connections", lambda: accepts(port))

    def _lua_parts(self) -> dict[str, str]:
        modules = Path("/usr/lib/nginx/modules")
        names = ("ndk_http_module.so", "ngx_http_lua_module.so")
        return {
            "MODULES": " ".join(f"load_module {modules / name};" for name in names),
            "PRELUDE": f'lua_package_path "{HERE}/peers/?.lua;/usr/share/lua/5.1/?.lua;;";',
            "ACCESS": f'access_by_lua_block {{ require("gate").check({self.redis}) }}',
        }

    def _write_sessions(self) -> None:
        """One hash a session, as nginx with Lua reads them."""
        with socket.create_connection(("127.0.0.1", self.redis)) as connection:
            for number in range(SESSIONS):
                words = ["HSET", f"peer:session:{number:043d}", "user", f"user-{number}", "role", "planner"]
                parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
                connection.sendall(f"*{len(words)}\r\n{parts}".encode())
            answers = connection.makefile("rb")
            eventually("sessions are written", lambda: all(answers.readline() for _ in range(SESSIONS)))

    def credentials(self) -> Path:
        """A file with one cookie a session, as long as Fillgate's."""
        path = self._folder / "peer-credentials"
        path.write_text("".join(f"Cookie: theme=dark; session={n:043d}\n" for n in range(SESSIONS)))
        return path


def document() -> str:
    """JSON of exactly `DOCUMENT_BYTES` bytes."""
    lots = [{"id": f"L{n:03d}", "type": "VialE", "vials": 1000 * n, "ok": True} for n in range(20)]
    text = json.dumps({"lots": lots, "note": ""}, separators=(",", ":"))
    return text.replace('"note":""', f'"note":"{"." * (DOCUMENT_BYTES - len(text))}"')
