"""Starts what Fillgate is measured against, each on a free port."""

import json
import os
import pwd
import re
import shutil
import socket
import subprocess
from pathlib import Path

from processors import MEASURED, OTHERS, pinned
from stack.binaries import ROOT
from stack.polling import eventually
from stack.program import Program, accepts, free_port

HERE = Path(__file__).parent
ENVIRONMENT = ROOT / ".fillgate-bench/venv"
DOCUMENT_BYTES = 1147
SESSIONS = 1000
NGINX, LUA, HAPROXY, CADDY = "nginx", "nginx+Lua", "haproxy", "Caddy"
ENVOY, FASTAPI = "Envoy", "FastAPI + slowapi"


class Peers:
    """The backend, Redis, and every peer that can be had, while the context lasts.

    nginx with Lua and what it needs must be there. Any other peer may be missing; `missing` says why.
    """

    def __init__(self, folder: Path, only_backend: bool = False) -> None:
        self._folder = folder
        self._only_backend = only_backend
        self.backend, self.redis = free_port(), free_port()
        self.programs: dict[str, Program] = {}
        self.ports: dict[str, int] = {}
        self.versions: dict[str, str] = {}
        self.missing: dict[str, str] = {}

    def __enter__(self) -> "Peers":
        try:
            self._start_nginx("backend", "backend.conf", self.backend, OTHERS, DOCUMENT=document())
            if self._only_backend:
                return self
            self._start_redis()
            for name, parts in ((NGINX, {}), (LUA, self._lua_parts())):
                self.ports[name] = free_port()
                self._start_nginx(name, "nginx.conf", self.ports[name], MEASURED, **parts)
            self._write_sessions()
            self._start_others()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *fault: object) -> None:
        for program in reversed(self.programs.values()):
            program.kill_with_children()

    def _start_redis(self) -> None:
        command: list[str | Path] = ["redis-server", HERE / "peers/redis.conf"]
        command += ["--port", str(self.redis), "--dir", self._folder]
        self._start("redis", command, self.redis, OTHERS)
        self.versions["Redis"] = version(["redis-server", "--version"])

    def _start_nginx(self, name: str, template: str, port: int, processor: str, **parts: str) -> None:
        # nginx gives up root for a user that may not read the scratch folder, unless it is told not to.
        user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
        key = re.sub(r"\W", "-", name)
        parts = {"MODULES": "", "PRELUDE": "", "ACCESS": "", "USER": user, "NAME": key, **parts}
        configuration = self._written(template, f"{key}.conf", port, **parts)
        self._start(name, ["nginx", "-c", configuration], port, processor)
        self.versions[NGINX] = version(["nginx", "-v"])

    def _start_others(self) -> None:
        urls = {
            "REDIS": f"redis://127.0.0.1:{self.redis}/0",
            "BACKEND": f"http://127.0.0.1:{self.backend}",
        }
        words = [
            "--host",
            "127.0.0.1",
            "--no-access-log",
            "--log-level",
            "error",
            "--app-dir",
            HERE / "peers",
        ]
        python, envoy = ENVIRONMENT / "bin/python", ENVIRONMENT / "bin/envoy"
        self._try(HAPROXY, "haproxy", ["-v"], "haproxy.cfg", lambda file, _: ["-db", "-f", file])
        self._try(
            CADDY,
            "caddy",
            ["version"],
            "Caddyfile",
            lambda file, _: ["run", "--adapter", "caddyfile", "--config", file],
            {"GOMAXPROCS": "1", "HOME": str(self._folder)},
        )
        self._try(
            ENVOY,
            envoy,
            ["--version"],
            "envoy.yaml",
            lambda file, _: [
                "--concurrency",
                "1",
                "--log-level",
                "error",
                "--disable-hot-restart",
                "-c",
                file,
            ],
        )
        self._try(
            FASTAPI,
            python,
            ["-c", "import fastapi; print(fastapi.__version__)"],
            None,
            lambda _, port: ["-m", "uvicorn", "fastapi_gateway:app", "--port", str(port), *words],
            urls,
        )

    def _try(self, name, program, asking, template, words, environment=None) -> None:
        """Starts a peer that need not be there."""
        if not shutil.which(program):
            self.missing[name] = f"{Path(program).name} is not installed"
            return
        port = free_port()
        try:
            self.versions[name] = version([str(program), *asking])
            file = self._written(template, template, port) if template else None
            self._start(name, [program, *words(file, port)], port, MEASURED, environment)
            self.ports[name] = port
        except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as fault:
            self.missing[name] = " ".join(str(fault).split())[:200]
            if found := self.programs.pop(name, None):
                found.kill_with_children()

    def _written(self, template: str, file: str, port: int, **parts: str) -> Path:
        """A template of `peers/`, filled in."""
        text = (HERE / "peers" / template).read_text()
        parts |= {"RUN": str(self._folder), "PORT": str(port), "BACKEND": str(self.backend)}
        for key, value in parts.items():
            text = text.replace(f"@{key}@", value)
        path = self._folder / file
        path.write_text(text)
        return path

    def _start(self, name, command, port, processor, environment=None) -> None:
        log = re.sub(r"\W+", "-", name)
        self.programs[name] = Program(log, pinned(processor, command), self._folder, environment)
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
        with socket.create_connection(("127.0.0.1", self.redis), timeout=10) as connection:
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


def version(command: list[str]) -> str:
    """The first version number that a program says."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "of an unknown version"


def document() -> str:
    """JSON of exactly `DOCUMENT_BYTES` bytes."""
    lots = [{"id": f"L{n:03d}", "type": "VialE", "vials": 1000 * n, "ok": True} for n in range(20)]
    text = json.dumps({"lots": lots, "note": ""}, separators=(",", ":"))
    return text.replace('"note":""', f'"note":"{"." * (DOCUMENT_BYTES - len(text))}"')
