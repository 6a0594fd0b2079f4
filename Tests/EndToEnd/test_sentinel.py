"""A failover by Sentinel under load: pains 3 and 4."""

import pytest

from redis_moves import guarded, under_load
from stack.rig import Rig


@pytest.mark.parametrize("how", ["killed", "hung", "by command"])
def test_pain_4_a_failover_under_load_loses_no_session_and_needs_no_restart(rig: Rig, how: str) -> None:
    group = rig.sentinels()
    gateway = guarded(rig, group)
    with under_load(gateway, group.until_replicated) as keepers:
        if how == "killed":
            group.servers[0].kill()
        elif how == "hung":
            group.servers[0].pause()
        else:
            group.fail_over()
        group.until_second_is_primary()
        for keeper in keepers:
            keeper.hears(200)
    assert gateway.command("doctor").stdout.count("primary") >= 1


def test_the_doctor_knows_who_takes_over(rig: Rig) -> None:
    group = rig.sentinels()
    gateway = guarded(rig, group)
    assert "replicas" not in gateway.command("doctor").stdout
    group.servers[1].kill()
    assert "nobody takes over" in gateway.command("doctor").stdout
