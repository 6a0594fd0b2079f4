"""What the operations listener shows is what happened, and Prometheus's own parser can read it."""

import http.client
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from prometheus_client.parser import text_string_to_metric_families

from client import Client
from conftest import PASSWORD
from stack.gateway import Gateway
from stack.polling import eventually
from stack.recorder import Recorder
from stack.rig import Rig

ALICE = "alice@plant.example"
NARROW = 3
OK, NOT_FOUND = 200, 404


class Scrape:
    """The samples of one scrape."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._samples = [sample for family in self.families.values() for sample in family.samples]

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples that have these labels."""
        return sum(
            sample.value
            for sample in self._samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def by(self, name: str, *labels: str) -> Counter[tuple[str, ...]]:
        """What is not zero, by these labels."""
        counts: Counter[tuple[str, ...]] = Counter()
        for sample in self._samples:
            if sample.name == name and sample.value:
                counts[tuple(sample.labels[label] for label in labels)] += int(sample.value)
        return counts


def scrape(gateway: Gateway) -> Scrape:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.operations_port, timeout=5)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        assert answer.status == OK
        assert answer.getheader("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
        return Scrape(answer.read().decode())
    finally:
        connection.close()


@dataclass
class Site:
    gateway: Gateway
    upstream: Recorder


@pytest.fixture
def site() -> Iterator[Site]:
    with Rig() as rig:
        upstream = rig.recorder()
        limits = [
            {"name": "login", "key": ["ip"], "rate": "1000/s", "burst": 10000},
            {"name": "narrow", "key": ["ip"], "rate": "1/h", "burst": NARROW},
            {"name": "shy", "key": ["ip"], "rate": "1/h", "burst": 1, "mode": "shadow"},
        ]
        routes = [
            {"path": "/open/**", "upstream": "recorder", "require": "anonymous", "limits": []},
            {"path": "/mine/**", "upstream": "recorder", "require": "user", "limits": []},
            {"path": "/narrow/**", "upstream": "recorder", "require": "anonymous", "limits": ["narrow"]},
            {"path": "/shy/**", "upstream": "recorder", "require": "anonymous", "limits": ["shy"]},
            {"path": "/dead/**", "upstream": "nobody", "require": "anonymous", "limits": []},
        ]
        gateway = rig.gateway(
            rig.redis(), {"recorder": upstream.address, "nobody": "127.0.0.1:1"}, routes, limits=limits
        )
        gateway.start(ready=False)
        gateway.add_user(ALICE, PASSWORD)
        yield Site(gateway, upstream)


def mixed_traffic(gateway: Gateway) -> Client:
    """Requests of every kind, those of a user last."""
    client = Client(gateway.url)
    for path in ("/open/page", "/mine/page", "/nowhere", "/dead/page"):
        for _ in range(3):
            client.get(path)
    for _ in range(NARROW + 4):
        client.get("/narrow/page")
    for _ in range(5):
        client.get("/shy/page")
    client.try_login(ALICE, "not her password at all")
    client.log_in(ALICE, PASSWORD)
    assert client.get("/mine/page").status_code == OK
    return client


def access_lines(gateway: Gateway) -> list[dict[str, object]]:
    return [line for line in gateway.log_lines() if "redis_ms" in line]


def test_metrics_and_access_log_tell_the_same_story(site: Site) -> None:
    mixed_traffic(site.gateway)
    shown = scrape(site.gateway)
    total = shown.value("fillgate_requests_total")
    lines = eventually(
        "the log has a line for every request",
        lambda: found if len(found := access_lines(site.gateway)) >= total else None,
    )
    lines = lines[: int(total)]
    assert len(lines) == total
    assert shown.by("fillgate_requests_total", "route", "status_class") == Counter(
        (line["route"] or "none", f"{str(line['status'])[0]}xx") for line in lines
    )
    assert shown.by("fillgate_refusals_total", "code", "route") == Counter(
        (line["code"], line["route"] or "none") for line in lines if line["code"]
    )
    assert shown.value("fillgate_request_duration_seconds_count") == total
    assert shown.value("fillgate_sent_bytes_total") == sum(int(str(line["bytes"])) for line in lines)


def test_pain_10_every_429_is_counted_by_policy_and_route_and_pain_8_shadow_policies_by_themselves(
    site: Site,
) -> None:
    mixed_traffic(site.gateway)
    shown = scrape(site.gateway)
    assert (
        shown.by("fillgate_refusals_total", "code", "policy", "route")[
            ("rate-limited", "narrow", "/narrow/**")
        ]
        == 4
    )
    assert shown.value("fillgate_refusals_total", code="rate-limited") == 4
    decisions = shown.by("fillgate_limit_decisions_total", "policy", "decision")
    assert decisions[("narrow", "admitted")] == NARROW
    assert decisions[("narrow", "refused")] == 4
    assert decisions[("shy", "shadow-admitted")] == 1
    assert decisions[("shy", "shadow-refused")] == 4


def test_passwords_redis_and_process_show(site: Site) -> None:
    mixed_traffic(site.gateway)
    shown = scrape(site.gateway)
    assert shown.value("fillgate_credential_checks_total", outcome="succeeded") == 1
    assert shown.value("fillgate_credential_checks_total", outcome="failed") == 1
    assert shown.value("fillgate_redis_connected") >= 1
    assert shown.value("fillgate_redis_breaker_state", state="open") == 0
    assert shown.value("fillgate_hashing_threads") >= 1
    assert shown.value("process_resident_memory_bytes") > 1e6
    assert shown.value("process_open_fds") < shown.value("process_max_fds")
    assert shown.value("fillgate_build_info") == 1
    assert shown.value("fillgate_loop_lag_seconds_count") > 0


def test_redis_away_shows_as_an_open_breaker_and_as_faults(rig: Rig) -> None:
    upstream, redis = rig.recorder(), rig.redis()
    routes = [
        {"path": "/open/**", "upstream": "recorder", "require": "anonymous", "limits": ["address"]},
    ]
    gateway = rig.gateway(redis, {"recorder": upstream.address}, routes).start()
    client = Client(gateway.url)
    assert client.get("/open/page").status_code == OK
    redis.kill()

    def falls_back() -> bool:
        assert client.get("/open/page").status_code == OK
        shown = scrape(gateway)
        return (
            shown.value("fillgate_limit_fallbacks_total", policy="address", action="local") > 0
            and shown.value("fillgate_store_faults_total") > 0
            and shown.value("fillgate_redis_breaker_state", state="closed") == 0
            and shown.value("fillgate_redis_connected") == 0
        )

    eventually("the breaker is open and policies decide by themselves", falls_back)
    assert scrape(gateway).value("fillgate_local_limiter_keys") >= 1
    assert scrape(gateway).value("fillgate_redis_connection_failures_total") >= 1


def test_the_public_listener_has_no_metrics(site: Site) -> None:
    assert site.gateway.status("/metrics") == NOT_FOUND
    assert site.gateway.status("/metrics", site.gateway.operations_port) == OK


def test_hostile_requests_make_no_new_series(site: Site) -> None:
    client = Client(site.gateway.url)
    client.get("/nowhere")
    client.call("BREW", "/nowhere")
    labels = set(scrape(site.gateway).by("fillgate_requests_total", "route", "status_class"))
    before = sum(len(family.samples) for family in scrape(site.gateway).families.values())
    for number in range(50):
        client.call(f"METHOD{number}", f"/nowhere/{number}", headers={"User-Agent": f"agent {number}"})
        client.get(f"/nowhere/{number}", headers={"X-Forwarded-For": f"192.0.2.{number}"})
    after = scrape(site.gateway)
    assert set(after.by("fillgate_requests_total", "route", "status_class")) == labels
    assert sum(len(family.samples) for family in after.families.values()) == before


def test_counters_go_on_over_a_reload_and_reloads_are_counted(site: Site) -> None:
    gateway = site.gateway
    mixed_traffic(gateway)
    before = scrape(gateway)
    assert gateway.program is not None
    gateway.program.send(signal.SIGHUP)
    eventually(
        "the reload is counted",
        lambda: scrape(gateway).value("fillgate_config_reloads_total", result="succeeded") == 1,
    )
    after = scrape(gateway)
    for name, labels in (
        ("fillgate_requests_total", ("route", "status_class")),
        ("fillgate_refusals_total", ("code", "policy", "route")),
        ("fillgate_limit_decisions_total", ("policy", "route", "decision")),
        ("fillgate_credential_checks_total", ("outcome",)),
    ):
        assert after.by(name, *labels) == before.by(name, *labels)
    assert after.value("fillgate_config_last_success_timestamp_seconds") > before.value(
        "fillgate_config_last_success_timestamp_seconds"
    )
    assert Client(gateway.url).get("/nowhere").status_code == NOT_FOUND
    now = scrape(gateway).by("fillgate_requests_total", "route", "status_class")
    assert now - before.by("fillgate_requests_total", "route", "status_class") == Counter(
        {("none", "4xx"): 1}
    )

    gateway.config.write_text("limits: nonsense")
    gateway.program.send(signal.SIGHUP)
    eventually(
        "the refusal is counted",
        lambda: scrape(gateway).value("fillgate_config_reloads_total", result="failed") == 1,
    )
