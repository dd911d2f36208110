"""A link of the rig is asked, and judged as it was built."""

from __future__ import annotations

import json
import sys


def test_the_rigs_link_passes_what_it_was_built_to_pass(rig):
    done = rig.run("cli", sys.executable, "-m", "ngbw", "ipv6", "link", "c0", "--json", "--seconds", "2")  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["checks"]
    verdicts = {name: (row["verdict"], row["reason"]) for name, row in rows.items()}
    for name in ("L1", "L2", "L3", "L4", "L6", "L7", "L13"):
        assert verdicts[name] == ("pass", ""), (name, rows[name])
    assert rows["L6"]["answered"]["prefixes"][0].endswith("/56")
    assert rows["L2"]["answered"]["answers"] == {"2001:db8:1::1": True}
    # The router tells a prefix; this resolver makes no addresses, so that nothing contradicts it.
    assert rows["L5"]["answered"]["by_advert"] == ["2001:db8:64::/96"]
    assert {row["basis"] for row in rows.values()} == {"measured"}


def test_an_interface_that_is_not_there_is_said(rig):
    done = rig.run("cli", sys.executable, "-m", "ngbw", "ipv6", "link", "nowhere0")
    assert done.returncode == 6
    assert "nowhere0" in done.stderr
    assert "Traceback" not in done.stderr
