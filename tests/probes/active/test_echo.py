"""Echo requests over the loopback, with a real kernel."""

from __future__ import annotations

import pytest

from ngbw.probes.active.echo import EchoPlan, echo
from ngbw.probes.safety import Target
from ngbw.topology.errors import UsageError

QUICK = EchoPlan(count=3, interval_s=0.01, timeout_s=0.3)


def may_ping():
    try:
        echo([Target("127.0.0.1", "here")], EchoPlan(count=1, interval_s=0.01, timeout_s=0.2))
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not may_ping(), reason="this user may not send echo requests")


def test_many_targets_of_both_families_are_answered_each_by_itself():
    targets = [Target(f"127.0.0.{k}", f"host{k}") for k in range(1, 40)] + [Target("::1", "six")]
    found = echo(targets, QUICK)
    assert [one.target for one in found] == targets
    for one in found:
        assert one.trustworthy, one
        assert None not in one.rtt_ms
        assert one.figures.loss_ratio == 0.0
        assert all(0 < rtt < 300 for rtt in one.rtt_ms if rtt is not None)
        assert one.duplicates == 0


def test_a_large_payload_comes_back(tmp_path):
    (one,) = echo(
        [Target("127.0.0.1", "here")], EchoPlan(count=1, interval_s=0.01, payload_bytes=8000)
    )
    assert one.figures.received == 1


@pytest.mark.parametrize(
    "wrong",
    [{"count": 0}, {"count": 1001}, {"interval_s": 0.0}, {"payload_bytes": 8}, {"timeout_s": 99}],
)
def test_a_plan_that_would_flood_or_cannot_be_sent_is_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        EchoPlan(**wrong)
