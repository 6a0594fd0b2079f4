"""A planner's client: `requests` and nothing of ours."""

from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from stack.polling import eventually

FIXTURES = Path(__file__).resolve().parents[1] / "Fixtures"
ACCEPTED = 202


class FromAddress(HTTPAdapter):
    """Connects from a chosen loopback address, so that tests do not share an address's limits and locks."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__(pool_connections=4, pool_maxsize=4)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, source_address=(self._address, 0), **options)


class Client:
    """One user of one gateway."""

    def __init__(self, url: str, address: str = "127.0.0.1", timeout: float = 30.0) -> None:
        self.url = url
        self.timeout = timeout
        self.token = ""
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.mount("http://", FromAddress(address))

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", self.timeout)
        options.setdefault("allow_redirects", False)
        return self.http.request(method, self.url + path, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.call("POST", path, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        return self.call("DELETE", path, **options)

    def try_login(self, email: str, password: str) -> requests.Response:
        return self.post("/api/v1/auth/login", json={"email": email, "password": password})

    def log_in(self, email: str, password: str) -> "Client":
        answer = self.try_login(email, password)
        assert answer.status_code == 200, answer.text
        self.bear(answer.json()["access_token"])
        return self

    def bear(self, token: str) -> None:
        """Sends `token` from now on."""
        self.token = token
        self.http.headers["Authorization"] = f"Bearer {token}"

    def submit_csv(self, file: str, strategy: str, **fields: str) -> str:
        """The ID of the schedule made from a file of Tests/Fixtures."""
        content = (FIXTURES / file).read_bytes()
        answer = self.post(
            "/api/v1/schedule",
            files={"csv_file": (file, content, "text/csv")},
            data={"strategy": strategy, **fields},
        )
        assert answer.status_code == ACCEPTED, answer.text
        return answer.json()["id"]

    def submit_lots(self, lots: list[dict[str, Any]], strategy: str, **fields: Any) -> str:
        answer = self.post("/api/v1/schedule", json={"lots_data": lots, "strategy": strategy, **fields})
        assert answer.status_code == ACCEPTED, answer.text
        return answer.json()["id"]

    def finished(self, schedule: str, within: float = 60.0) -> dict[str, Any]:
        """The schedule once it is neither pending nor running."""

        def settled() -> dict[str, Any] | None:
            answer = self.get(f"/api/v1/schedule/{schedule}")
            assert answer.status_code == 200, answer.text
            return answer.json() if answer.json()["status"] not in ("pending", "running") else None

        return eventually(f"schedule {schedule} is finished", settled, within, every=0.1)

    def completed(self, schedule: str, within: float = 60.0) -> dict[str, Any]:
        result = self.finished(schedule, within)
        assert result["status"] == "completed", result
        return result
